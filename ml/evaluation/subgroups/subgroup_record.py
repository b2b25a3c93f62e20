"""`python -m ml subgroups`: measures a model by person, lesion and decision."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml.data.cache import Dataset
from ml.data.ground_truth import NOT_MELANOMA
from ml.evaluation import kind_report, scored_photos
from ml.evaluation.subgroups import decisions, namings, subgroup_figures
from ml.evaluation.subgroups.decisions import NetBenefit, Selective
from ml.evaluation.subgroups.factors import Row
from ml.evaluation.subgroups.namings import Confusion, Naming
from ml.evaluation.subgroups.subgroup_figures import Subgroup
from ml.labels import Kind
from ml.serving.card import Interval
from ml.serving.classifier import Classifier
from ml.serving.shares import Share


@dataclass(frozen=True)
class Record:
    model: str
    split: str
    subgroups: list[Subgroup]
    selective: list[Selective]
    benefit: list[NetBenefit]
    named: list[Naming]
    confused: list[Confusion]


# The type of the entries in each list of a record.
ENTRIES = {
    "subgroups": Subgroup,
    "selective": Selective,
    "benefit": NetBenefit,
    "named": Naming,
    "confused": Confusion,
}

# Fields of these entries that are shares with counts.
SHARES = ("flagged", "counted")


def measure(
    classifier: Classifier, data: Dataset, described: Mapping[str, Row], split: str
) -> Record:
    """Return the measurements on a split, for each kind of photo in the card.

    A source that is never used for training represents another clinic, and is left out.

    Args:
        classifier: the model.
        data: pictures of several sources.
        described: the tables' facts about pictures, by name.
        split: `valid` or `test`.
    """
    record = Record(classifier.card.version, split, [], [], [], [], [])
    for kind in classifier.card.kinds:
        rows = _rows(data, split, kind)
        if len(rows):
            _add(record, classifier, (kind, rows, described), data)
    return record


def _rows(data: Dataset, split: str, kind: Kind) -> np.ndarray:
    own = np.isin(data.sources, np.unique(data.sources[data.splits == "train"]))
    named = own & (data.diagnoses != NOT_MELANOMA)
    return np.flatnonzero(named & (data.splits == split) & (data.kinds == kind))


def _add(
    record: Record,
    classifier: Classifier,
    photos: tuple[Kind, np.ndarray, Mapping[str, Row]],
    data: Dataset,
) -> None:
    kind, rows, described = photos
    card = classifier.card.kinds[kind]
    scored = scored_photos.measure(classifier.network, data, rows, kind)
    answers = kind_report.of_scores(scored, card)
    facts = [described.get(str(name), {}) for name in scored.image_ids]
    record.subgroups.extend(subgroup_figures.measure(kind, answers, scored.sources, facts))
    record.selective.extend(decisions.selective(kind, scored, answers, card))
    record.benefit.extend(decisions.net_benefits(kind, answers, card))
    record.named.extend(namings.measure(kind, scored, answers))
    record.confused.extend(namings.confusions(kind, scored, answers))


def write(record: Record, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(record), indent=1) + "\n")


def read(path: Path) -> Record:
    """Return a record that `write` wrote."""
    raw = json.loads(path.read_text())
    lists = {name: [_parse(type_, entry) for entry in raw[name]] for name, type_ in ENTRIES.items()}
    return Record(raw["model"], raw["split"], **lists)


def _parse(type_: Any, entry: dict[str, Any]) -> Any:
    figures = {name: Interval(**figure) for name, figure in entry.get("figures", {}).items()}
    shares = {name: entry[name] and Share(**entry[name]) for name in SHARES if name in entry}
    return type_(**entry | shares | ({"figures": figures} if figures else {}))
