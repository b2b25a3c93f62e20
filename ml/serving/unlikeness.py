"""Measures how much a photo differs from the training photos, as a distance between features.

It is the squared Mahalanobis distance to the centre of the nearest diagnosis, with one covariance
for all diagnoses, in the features' first principal components. Lee et al., "A simple unified
framework for detecting out-of-distribution samples and adversarial attacks", NeurIPS 2018.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ml.labels import Kind

FILE = "unlike.npz"


class Reference(NamedTuple):
    """The distribution of the training photos of one kind."""

    # (p, d), applied to features: it whitens the diagnoses' common covariance
    projection: np.ndarray
    centres: np.ndarray  # (diagnoses, p), projected


def distance(features: np.ndarray, reference: Reference) -> np.ndarray:
    """Return the distance of features (n, d) to the nearest diagnosis, (n,)."""
    projected = features @ reference.projection.T
    apart = projected[:, None] - reference.centres
    nearest: np.ndarray = np.square(apart).sum(-1).min(-1)
    return nearest


def write(references: Mapping[Kind, Reference], folder: Path) -> None:
    arrays = {
        f"{kind.value}_{name}": values.astype(np.float32)
        for kind, reference in references.items()
        for name, values in reference._asdict().items()
    }
    np.savez_compressed(folder / FILE, **arrays)


def read(folder: Path) -> dict[Kind, Reference]:
    """Return the references in a model folder by kind of photo. Some kinds may have none."""
    with np.load(folder / FILE, allow_pickle=False) as stored:
        return {
            kind: Reference(*(stored[f"{kind.value}_{name}"] for name in Reference._fields))
            for kind in Kind
            if f"{kind.value}_{Reference._fields[0]}" in stored
        }
