"""A model folder's table with the answer for every evaluated photo, for plots and subgroups."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ml.labels import Tier

TABLE = "scores.csv"


class Score(NamedTuple):
    """A photo: its split, its ground truth, and the model's answer."""

    dataset: str  # name of the split
    image_id: str
    source: str
    is_melanoma: bool
    probability: float | None  # probability of melanoma; None if the photo was refused
    tier: str
    refused: str

    @property
    def is_flagged(self) -> bool:
        return self.tier in {Tier.URGENT, Tier.SOON}


def write(scores: Iterable[Score], folder: Path) -> None:
    with (folder / TABLE).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Score._fields)
        writer.writerows(_cells(score) for score in scores)


def _cells(score: Score) -> tuple[str | int, ...]:
    text = "" if score.probability is None else f"{score.probability:.5f}"
    return (*score[:3], int(score.is_melanoma), text, score.tier, score.refused)


def read(folder: Path) -> list[Score]:
    """Return the table's rows, or none if the model has no table."""
    path = folder / TABLE
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [_parse(row) for row in csv.DictReader(file)]


def _parse(row: dict[str, str]) -> Score:
    probability = float(row["probability"]) if row["probability"] else None
    is_melanoma = row["is_melanoma"] == "1"
    names = row["dataset"], row["image_id"], row["source"]
    return Score(*names, is_melanoma, probability, row["tier"], row["refused"])


def arrays(scores: Iterable[Score]) -> tuple[np.ndarray, np.ndarray]:
    """Return truth (n,) bool and probability (n,) of the photos that were not refused."""
    scored = [(s.is_melanoma, s.probability) for s in scores if s.probability is not None]
    return np.array([t for t, _ in scored], bool), np.array([p for _, p in scored], float)
