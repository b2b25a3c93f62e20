"""Finds the labelled training lesions that are nearest to a photo, for clinicians.

Their diagnoses are not the photo's. `python -m ml index` writes the index from the operator's own
copy of HAM10000.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ml.errors import OperatorError
from ml.labels import Diagnosis

INDEX = "index.npz"
THUMBNAILS = "thumbnails"  # beside the index: <image_id>.jpg, 200 x 150 px


class Similar(NamedTuple):
    """A training lesion and its cosine distance to the photo.

    The distance is from 0 (the same direction) to 1, since no value of an embedding is negative.
    """

    image_id: str
    diagnosis: Diagnosis
    distance: float


class Index(NamedTuple):
    """The index, with one row per lesion. `directions` is (n, d); each row is a unit vector."""

    version: str  # version of the model
    image_ids: np.ndarray
    diagnoses: np.ndarray  # names, since positions changed when an eighth diagnosis was added
    directions: np.ndarray


def nearest(
    embedding: np.ndarray, index_folder: Path, count: int = 6, *, version: str
) -> list[Similar]:
    """Return the lesions nearest to a photo's embedding, the nearest first.

    Args:
        embedding: the photo's embedding, (d,), from `Classifier.embedding`.
        index_folder: folder that `python -m ml index` wrote.
        count: number of lesions to return.
        version: version of the model that made the embedding.

    Raises:
        OperatorError: there is no index, or it belongs to another model.
    """
    index = read(index_folder)
    if index.version != version:
        raise OperatorError(
            f"The index in {index_folder} belongs to the model {index.version}, not to {version}: "
            "run `python -m ml index` again."
        )
    distances = 1 - index.directions @ direction(embedding)
    rows = np.argsort(distances, kind="stable")[:count]
    return [
        Similar(str(index.image_ids[row]), Diagnosis(index.diagnoses[row]), float(distances[row]))
        for row in rows
    ]


def direction(embeddings: np.ndarray) -> np.ndarray:
    """Return the embeddings (..., d), each scaled to a unit vector."""
    lengths = np.linalg.norm(embeddings, axis=-1, keepdims=True)
    directions: np.ndarray = embeddings / np.maximum(lengths, np.finfo(np.float32).tiny)
    return directions


def read(folder: Path) -> Index:
    """Return the index in a folder.

    Raises:
        OperatorError: there is no index, or it is from an earlier release.
    """
    path = folder / INDEX
    if not path.is_file():
        raise OperatorError(f"No index of training lesions in {folder}: run `python -m ml index`.")
    return _read(path, path.stat().st_mtime_ns)


# `written` is part of the cache's key, so that a rewritten index is read again.
@lru_cache(maxsize=1)
def _read(path: Path, written: int) -> Index:
    with np.load(path, allow_pickle=False) as stored:
        directions, diagnoses = stored["directions"].astype(np.float32), stored["diagnoses"]
        if diagnoses.dtype.kind != "U":
            raise OperatorError(
                f"{path} comes from an earlier release: run `python -m ml index` again."
            )
        return Index(str(stored["version"]), stored["image_ids"], diagnoses, directions)
