"""`python -m ml index`: indexes training lesions to show beside photos, and evaluates the index."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.data.cache import Dataset
from ml.evaluation import metrics
from ml.labels import DIAGNOSES, Diagnosis
from ml.serving import similar_lesions
from ml.serving.card import Interval
from ml.serving.classifier import Classifier

SHOWN = 6
QUALITY = 85


def write(classifier: Classifier, data: Dataset, folder: Path) -> None:
    """Write the index of the `train` split, with one photo per lesion, and the thumbnails."""
    rows = lesions(data)
    thumbnails = folder / similar_lesions.THUMBNAILS
    thumbnails.mkdir(parents=True, exist_ok=True)
    for row in rows:
        image = Image.fromarray(data.pixels[row])
        image.save(thumbnails / f"{data.image_ids[row]}.jpg", "JPEG", quality=QUALITY)
    partial = folder / "partial.npz"
    np.savez(
        partial,
        version=np.array(classifier.card.version),
        image_ids=np.array([data.image_ids[row] for row in rows]),
        diagnoses=np.array([DIAGNOSES[data.diagnoses[row]].value for row in rows]),
        directions=similar_lesions.direction(embed(classifier, data, rows)).astype(np.float16),
    )
    # Written last and in one step, so that an index is always complete.
    partial.replace(folder / similar_lesions.INDEX)


def lesions(data: Dataset) -> np.ndarray:
    """Return the first row of each lesion with a known diagnosis in the `train` split."""
    rows = data.rows("train")
    rows = rows[data.diagnoses[rows] >= 0]
    _, first = np.unique(data.lesion_ids[rows], return_index=True)
    chosen: np.ndarray = rows[np.sort(first)]
    return chosen


def embed(classifier: Classifier, data: Dataset, rows: Iterable[int]) -> np.ndarray:
    """Return the embedding of each row's photo, (n, d)."""
    images = (Image.fromarray(data.pixels[row]) for row in tqdm(rows, "embedding", unit="image"))
    return np.stack([classifier.embedding(image) for image in images])


@dataclass(frozen=True)
class Agreement:
    """The share of the nearest lesions that are in the photo's class (melanoma or other)."""

    split: str
    photos: str
    count: int
    same: Interval  # mean share among the nearest lesions
    by_chance: float  # share among lesions drawn at random from the index


def agree(
    classifier: Classifier, data: Dataset, folder: Path, splits: Iterable[str]
) -> list[Agreement]:
    """Return how often the nearest lesions agree with the photos of some splits."""
    return [agreement for split in splits for agreement in _agree(classifier, data, folder, split)]


def _agree(classifier: Classifier, data: Dataset, folder: Path, split: str) -> list[Agreement]:
    rows, version = data.rows(split), classifier.card.version
    embeddings = embed(classifier, data, rows)
    neighbours = [
        similar_lesions.nearest(embedding, folder, SHOWN, version=version)
        for embedding in embeddings
    ]
    shares = np.array([np.mean([s.diagnosis == Diagnosis.MEL for s in few]) for few in neighbours])
    indexed = similar_lesions.read(folder).diagnoses == Diagnosis.MEL.value
    agreements = []
    for name, is_melanoma in (("melanomas", True), ("others", False)):
        chosen = data.melanoma[rows] == is_melanoma
        same = shares[chosen] if is_melanoma else 1 - shares[chosen]
        chance = float((indexed == is_melanoma).mean())
        interval = metrics.mean(same, data.lesion_ids[rows][chosen])
        agreements.append(Agreement(split, name, int(chosen.sum()), interval, round(chance, 4)))
    return agreements


def write_record(agreements: list[Agreement], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(agreement) for agreement in agreements], indent=1) + "\n")


def read_record(path: Path) -> list[Agreement]:
    raw = json.loads(path.read_text())
    return [Agreement(**entry | {"same": Interval(**entry["same"])}) for entry in raw]
