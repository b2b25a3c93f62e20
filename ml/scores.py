"""Every measured photo's answer, in a table beside the model: what plots and subgroups read."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.cache import Dataset
from ml.classifier import Classification, Classifier
from ml.evaluate import read_labels
from ml.predict import Answer, classify_labelled, refusal

TABLE = "scores.csv"
SPLITS = ("valid", "test")


class Score(NamedTuple):
    """One photo: the set it belongs to, the truth, and the probability or why there is none."""

    dataset: str
    image_id: str
    is_melanoma: bool
    probability: float | None
    refused: str


def measure(
    classifier: Classifier, data: Dataset, external: dict[str, tuple[Path, Path]]
) -> Iterator[Score]:
    """Yield the score of each photo of the valid and test splits and of the external sets."""
    for split in SPLITS:
        for row in tqdm(data.rows(split), f"scoring {split}", unit="image"):
            answer = classifier.classify(Image.fromarray(data.pixels[row]))
            yield _score((split, data.image_ids[row], bool(data.melanoma[row])), answer)
    for name, (pictures, labels) in external.items():
        truth = read_labels(labels)
        for image_id, found in classify_labelled(classifier, pictures, truth):
            yield _score((name, image_id, truth[image_id]), found)


def _score(photo: tuple[str, str, bool], answer: Answer) -> Score:
    probability = answer.probability if isinstance(answer, Classification) else None
    return Score(*photo, probability, refusal(answer) or "")


def write(scores: Iterable[Score], folder: Path) -> None:
    with (folder / TABLE).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Score._fields)
        writer.writerows(_cells(score) for score in scores)


def _cells(score: Score) -> tuple[str | int, ...]:
    shown = "" if score.probability is None else f"{score.probability:.5f}"
    return score.dataset, score.image_id, int(score.is_melanoma), shown, score.refused


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
    return Score(row["dataset"], row["image_id"], is_melanoma, probability, row["refused"])


def arrays(scores: Iterable[Score]) -> tuple[np.ndarray, np.ndarray]:
    """Return truth (n,) bool and probability (n,) of the photos that were not refused."""
    read = [(s.is_melanoma, s.probability) for s in scores if s.probability is not None]
    return np.array([t for t, _ in read], bool), np.array([p for _, p in read], float)
