"""Every measured photo's answer, in a table beside the model: what plots and subgroups read."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml import sources
from ml.cache import Dataset
from ml.classifier import Classifier
from ml.images import ImageFault
from ml.labels import Kind, Tier
from ml.predict import Answer, classify_all, refusal
from ml.truth import read_labels

TABLE = "scores.csv"
SPLITS = ("valid", "test")


class Score(NamedTuple):
    """One photo: the set it belongs to, the truth, and what was made of it."""

    dataset: str
    image_id: str
    is_melanoma: bool
    probability: float | None  # of melanoma; None where the photo was refused
    tier: str
    refused: str

    @property
    def is_flagged(self) -> bool:
        return self.tier in {Tier.URGENT, Tier.SOON}


def measure(
    classifier: Classifier, data: Dataset, external: dict[str, tuple[Path, Path]], kind: Kind
) -> Iterator[Score]:
    """Yield the score of each photo of the valid and test splits and of the external sets.

    All of them are of one kind.
    """
    for split in SPLITS:
        for row in tqdm(data.rows(split), f"scoring {split}", unit="image"):
            answer = classifier.classify(Image.fromarray(data.pixels[row]), kind)
            yield _score((split, data.image_ids[row], bool(data.melanoma[row])), answer)
    for name, (pictures, labels) in external.items():
        truth = read_labels(labels)
        for file, found in classify_all(classifier, pictures, kind):
            if (image_id := sources.image_id(file)) in truth:
                yield _score((name, image_id, truth[image_id].is_melanoma), found)


def _score(photo: tuple[str, str, bool], answer: Answer) -> Score:
    reason = refusal(answer)
    if reason or isinstance(answer, ImageFault):
        return Score(*photo, None, "", reason)
    return Score(*photo, answer.melanoma, answer.tier or "", "")


def write(scores: Iterable[Score], folder: Path) -> None:
    with (folder / TABLE).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Score._fields)
        writer.writerows(_cells(score) for score in scores)


def _cells(score: Score) -> tuple[str | int, ...]:
    shown = "" if score.probability is None else f"{score.probability:.5f}"
    return (*score[:2], int(score.is_melanoma), shown, score.tier, score.refused)


def read(folder: Path) -> list[Score]:
    """Return the table's rows, none if the model has no table."""
    path = folder / TABLE
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [_parse(row) for row in csv.DictReader(file)]


def _parse(row: dict[str, str]) -> Score:
    probability = float(row["probability"]) if row["probability"] else None
    is_melanoma = row["is_melanoma"] == "1"
    set_, name = row["dataset"], row["image_id"]
    return Score(set_, name, is_melanoma, probability, row["tier"], row["refused"])


def arrays(scores: Iterable[Score]) -> tuple[np.ndarray, np.ndarray]:
    """Return truth (n,) bool and probability (n,) of the photos that were not refused."""
    read = [(s.is_melanoma, s.probability) for s in scores if s.probability is not None]
    return np.array([t for t, _ in read], bool), np.array([p for _, p in read], float)
