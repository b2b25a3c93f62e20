"""How the served model does on each kind of person and lesion, as far as the tables tell."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml import wilson
from ml.data import tables
from ml.evaluation import bootstrap, metrics
from ml.evaluation.score_table import Score, arrays
from ml.labels import Tier
from ml.serving.card import Interval

NAME = "subgroups.json"
# Below this an AUROC or a sensitivity says next to nothing: counts are given alone.
FEWEST = 10
AGES = (("60 and over", 60), ("40 to 59", 40), ("under 40", 0))
Row = Mapping[str, str]


@dataclass(frozen=True)
class Subgroup:
    """The model on the photos of one kind; a figure is None where too few photos carry it."""

    dataset: str
    factor: str
    value: str
    images: int
    melanomas: int
    auroc: Interval | None
    sensitivity: Interval | None
    specificity: Interval | None


def age_band(row: Row) -> str:
    age = row.get("age") or row.get("age_approx") or ""
    return next(name for name, from_age in AGES if float(age) >= from_age) if age else "unknown"


FACTORS: dict[str, Callable[[Row], str]] = {
    "age": age_band,
    "sex": lambda row: row.get("sex") or "unknown",
    "body site": lambda row: row.get("localization", ""),
    "source": lambda row: row.get("source", ""),
    "diagnosis": lambda row: row.get("dx") or row.get("diagnosis", ""),
}
MELANOMA = {"mel", "melanoma"}


def read_table(path: Path) -> dict[str, Row]:
    """Return a public table's rows by the name of their image."""
    return {name: row.cells for name, row in tables.by_image(tables.read(path)).items()}


def measure(dataset: str, scores: list[Score], table: Mapping[str, Row]) -> list[Subgroup]:
    """Return the subgroups of a set by each factor that its table knows.

    Sensitivity is the share of melanomas told "urgent" or "soon", specificity that of others told
    "watch"; a refused photo is neither.
    Of a diagnosis other than melanoma, AUROC and sensitivity are against all melanomas.
    """
    found = []
    melanomas = [score for score in scores if score.is_melanoma]
    for factor, value_of in FACTORS.items():
        values = {score.image_id: value_of(table[score.image_id]) for score in scores}
        for value in sorted(set(values.values()) - {"", *MELANOMA}):
            members = [score for score in scores if values[score.image_id] == value]
            against = melanomas if factor == "diagnosis" else []
            found.append(_subgroup((dataset, factor, value), members, against))
    return found


def _subgroup(name: tuple[str, str, str], members: list[Score], against: list[Score]) -> Subgroup:
    truth, probability = arrays([*members, *against])
    told = [*members, *against]
    flagged = np.array([score.is_flagged for score in told], bool)
    melanoma = np.array([score.is_melanoma for score in told], bool)
    watched = np.array([score.tier == Tier.WATCH for score in told], bool)
    melanomas = sum(score.is_melanoma for score in members)
    enough = min(truth.sum(), (~truth).sum()) >= FEWEST
    auroc = _auroc(truth, probability) if enough else None
    sensitivity = None if against else _share(flagged[melanoma])
    return Subgroup(*name, len(members), melanomas, auroc, sensitivity, _share(watched[~melanoma]))


def _auroc(truth: np.ndarray, probability: np.ndarray) -> Interval:
    return bootstrap.intervals(
        lambda rows: {"auroc": metrics.auroc(truth[rows], probability[rows])},
        np.arange(len(truth)),
        truth,
    )["auroc"]


def _share(hits: np.ndarray) -> Interval | None:
    if len(hits) < FEWEST:
        return None
    count = int(hits.sum())
    low, high = wilson.interval(count, len(hits))
    return Interval(round(count / len(hits), 4), round(low, 4), round(high, 4))


def write(found: list[Subgroup], folder: Path) -> None:
    content = [asdict(subgroup) for subgroup in found]
    (folder / NAME).write_text(json.dumps(content, indent=1) + "\n")


def read(folder: Path) -> list[Subgroup]:
    """Return what `write` wrote, nothing if it never did."""
    path = folder / NAME
    return [_parse(entry) for entry in json.loads(path.read_text())] if path.exists() else []


def _parse(entry: dict[str, Any]) -> Subgroup:
    figures = {
        name: entry[name] and Interval(**entry[name])
        for name in ("auroc", "sensitivity", "specificity")
    }
    return Subgroup(**entry | figures)
