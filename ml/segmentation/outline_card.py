"""The card of an outline model: its sources, limits and figures."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ml.serving.card import LITERT, NAME, Interval, ModelError, Source
from ml.serving.card_files import check_files


@dataclass(frozen=True)
class Limits:
    """The limits that decide whether a picture shows no lesion, one, or several."""

    min_confidence: float  # least confidence of an outline, see `contour.confidence`
    min_area: float  # least area of a patch, as a share of the picture
    several: float  # least area of a second lesion, relative to the largest patch
    shift: float = 0.0  # added to the logits, to match how generously people draw masks
    min_second: float = 0.0  # least mean logit of a second lesion


@dataclass(frozen=True)
class Report:
    """How well outlines match the masks of a set. `refused` counts refused pictures by fault."""

    images: int
    refused: dict[str, int]
    metrics: dict[str, Interval]


@dataclass(frozen=True)
class Times:
    """The median time of an outline, measured in one run with the classifier."""

    milliseconds: float
    ratio: float  # this time, divided by that of the classifier's answer


@dataclass(frozen=True)
class OutlineCard:
    """The contents of an outline model's card.json."""

    version: str
    created: str
    architecture: str
    files: dict[str, str]  # name -> SHA-256
    data: Source
    height: int
    width: int
    limits: Limits
    reports: dict[str, Report] = field(default_factory=dict)
    refused_others: dict[str, int] = field(default_factory=dict)  # pictures of other things
    refused_pairs: dict[str, int] = field(default_factory=dict)  # two lesions side by side
    times: Times | None = None

    def write(self, folder: Path) -> None:
        (folder / NAME).write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


def read(folder: Path) -> OutlineCard:
    """Return the card of a model folder after checking every file that it names.

    Raises:
        ModelError: the folder, the card or a file is missing or damaged.
    """
    path = folder / NAME
    if not path.is_file():
        raise ModelError(f"No model in {folder}: there is no {NAME}; restore the folder.")
    try:
        card = _parse(json.loads(path.read_text()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} cannot be read ({error!r}): write the model again with "
            "`python -m ml export-outline`."
        ) from error
    if LITERT not in card.files:
        raise ModelError(f"{path} names no {LITERT}: write the model again.")
    check_files(folder, card.files)
    return card


def _parse(raw: dict[str, Any]) -> OutlineCard:
    return OutlineCard(
        **raw
        | {
            "data": Source(**raw["data"]),
            "limits": Limits(**raw["limits"]),
            "reports": {name: _parse_report(entry) for name, entry in raw["reports"].items()},
            "times": Times(**raw["times"]) if raw["times"] else None,
        }
    )


def _parse_report(raw: dict[str, Any]) -> Report:
    metrics = {name: Interval(**entry) for name, entry in raw["metrics"].items()}
    return Report(**raw | {"metrics": metrics})
