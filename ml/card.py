"""A model's card: everything that serving and the result page need to know about it.

The form follows Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, as far as a
program reads it.
"""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ml.gate import GateLimits
from ml.labels import DIAGNOSES, Label
from ml.views import MIRRORED

NAME = "card.json"
LITERT, KERAS = "model.tflite", "model.keras"


class ModelError(Exception):
    """The model folder cannot be served; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Source:
    """What the model learned from; `images` counts them by split."""

    name: str
    licence: str
    citation: str
    images: dict[str, int]


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: probability = sigmoid(slope x log-odds + intercept)."""

    slope: float
    intercept: float

    def probability(self, log_odds: np.ndarray | float) -> np.ndarray:
        """Return the calibrated probability, 0-1, of log-odds of any shape."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * log_odds + self.intercept))))


@dataclass(frozen=True)
class Bin:
    """Test photos whose probability lies in [low, high), and how many of them were melanoma."""

    low: float
    high: float
    images: int
    melanomas: int

    @property
    def per_100(self) -> int:
        """Melanomas of 100 photos, rounded up and never 0: none seen is not none possible."""
        return max(1, -(-100 * self.melanomas // self.images))


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % bootstrap confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Report:
    """An evaluation on one labelled set; refused photos are counted and have no score."""

    images: int
    melanomas: int
    refused: dict[str, int]
    refused_melanomas: int
    metrics: dict[str, Interval]


@dataclass(frozen=True)
class Card:
    """The contents of card.json."""

    version: str
    created: str
    architecture: str
    labels: tuple[str, ...]
    diagnoses: tuple[str, ...]
    files: dict[str, str]  # name -> SHA-256
    data: Source
    height: int
    width: int
    calibration: Calibration
    threshold: float  # of the probability: at or above it the tier is "elevated"
    margin: tuple[float, float]  # around the threshold: in [low, high) the tier is uncertain
    frequencies: tuple[Bin, ...]
    gate: GateLimits
    reports: dict[str, Report]
    limits: tuple[str, ...]
    zooms: tuple[float, ...] = MIRRORED  # of the views that are averaged, see `views.averaged`

    def melanomas_per_100(self, probability: float) -> int:
        """Return how many of 100 test photos with a score like this one were melanoma."""
        return next(b.per_100 for b in reversed(self.frequencies) if probability >= b.low)

    def is_uncertain(self, probability: float) -> bool:
        """Return whether the tier might be the other one, had the threshold met other photos."""
        low, high = self.margin
        return low <= probability < high

    def write(self, folder: Path) -> None:
        content = asdict(self) | {"gate": self.gate._asdict()}
        (folder / NAME).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read(folder: Path) -> Card:
    """Return the card of a model folder after checking every file that it names.

    Raises:
        ModelError: the folder, the card or a file is missing, damaged or not ours.
    """
    path = folder / NAME
    if not path.is_file():
        raise ModelError(f"No model in {folder}: there is no {NAME}; restore the folder.")
    try:
        card = _parse(json.loads(path.read_text()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} cannot be read ({error!r}): export the model again with `python -m ml export`."
        ) from error
    if card.labels != tuple(label.name.lower() for label in Label) or card.diagnoses != DIAGNOSES:
        raise ModelError(f"{path} names other labels than this program: export the model again.")
    check_files(folder, card.files)
    return card


def read_served(folder: Path) -> Card:
    """Return the card of a model folder that workers can serve.

    Raises:
        ModelError: as `read`, or nothing to serve is in the folder.
    """
    card = read(folder)
    if LITERT not in card.files:
        raise ModelError(f"{folder / NAME} names no {LITERT}: export the model again.")
    return card


def check_files(folder: Path, files: dict[str, str]) -> None:
    """Check the files of a model folder against their SHA-256.

    Raises:
        ModelError: one is missing or damaged.
    """
    for path, expected in ((folder / name, digest) for name, digest in files.items()):
        if not path.is_file():
            raise ModelError(f"{path} is missing: restore the folder.")
        if sha256(path.read_bytes()).hexdigest() != expected:
            raise ModelError(f"{path} is damaged (its SHA-256 is not the card's): restore it.")


def _parse(raw: dict[str, Any]) -> Card:
    return Card(
        **raw
        | {
            "labels": tuple(raw["labels"]),
            "diagnoses": tuple(raw["diagnoses"]),
            "files": dict(raw["files"]),
            "data": Source(**raw["data"]),
            "margin": _margin(raw["threshold"], *raw["margin"]),
            "calibration": Calibration(**raw["calibration"]),
            "frequencies": tuple(Bin(**entry) for entry in raw["frequencies"]),
            "gate": GateLimits(**raw["gate"]),
            "reports": {name: parse_report(entry) for name, entry in raw["reports"].items()},
            "limits": tuple(raw["limits"]),
            "zooms": tuple(raw.get("zooms", MIRRORED)),
        }
    )


def _margin(threshold: float, low: float, high: float) -> tuple[float, float]:
    if not low <= threshold <= high:
        raise ValueError(f"the threshold {threshold} is not in its margin, {low} to {high}")
    return low, high


def parse_report(raw: dict[str, Any]) -> Report:
    """Return a report from its JSON form."""
    metrics = {name: Interval(**entry) for name, entry in raw["metrics"].items()}
    return Report(**raw | {"metrics": metrics})
