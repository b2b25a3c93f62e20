"""Draws the training pictures of an epoch."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ml.data import derm7pt, isic, pad_ufes20
from ml.data.entries import HAM10000
from ml.labels import Kind

# The exponent of a diagnosis's size. 1 would give all pictures the same weight, 0 all diagnoses,
# although the rarest has only 18 pictures.
TEMPERING = 0.5
# At most this many views of a lesion count in its diagnosis.
VIEWS = 3

# Shares of an epoch's pictures. Rare kinds of photo are oversampled, though not so much that the
# network memorises their few pictures.
SHARES: Mapping[tuple[str, str], float] = {
    (HAM10000, Kind.DERMOSCOPIC): 0.44,
    (isic.MSK, Kind.DERMOSCOPIC): 0.15,
    (isic.ACRAL, Kind.DERMOSCOPIC): 0.09,
    (derm7pt.NAME, Kind.DERMOSCOPIC): 0.09,
    (derm7pt.NAME, Kind.CAMERA): 0.10,
    (pad_ufes20.NAME, Kind.CAMERA): 0.13,
}
OTHER_SOURCES = 0.10


class Columns(NamedTuple):
    """Columns of the pictures to draw from, each (n,).

    `lesions` has the same name for all views of a lesion. `diagnoses` may have any distinct values.
    """

    sources: np.ndarray
    kinds: np.ndarray
    diagnoses: np.ndarray
    lesions: np.ndarray


def draw(columns: Columns, count: int, generator: np.random.Generator) -> np.ndarray:
    """Return `count` positions, drawn with replacement (see `probabilities`)."""
    chances = probabilities(columns)
    return generator.choice(len(chances), count, p=chances)


def probabilities(columns: Columns) -> np.ndarray:
    """Return the chance of each picture in one draw, (n,). They add up to 1.

    Each source and kind of photo has its share in `SHARES`, or `OTHER_SOURCES`. Within it, a
    diagnosis has a share in proportion to the square root of the summed weights of its lesions. A
    lesion's weight is the number of its views, but at most `VIEWS`.
    """
    weights = _by_lesion(columns.lesions)
    for source, kind in {*zip(columns.sources.tolist(), columns.kinds.tolist(), strict=True)}:
        members = (columns.sources == source) & (columns.kinds == kind)
        for diagnosis in np.unique(columns.diagnoses[members]):
            same = members & (columns.diagnoses == diagnosis)
            weights[same] *= weights[same].sum() ** (TEMPERING - 1)
        weights[members] *= SHARES.get((source, kind), OTHER_SOURCES) / weights[members].sum()
    result: np.ndarray = weights / weights.sum()
    return result


def _by_lesion(lesions: np.ndarray) -> np.ndarray:
    _, position, views = np.unique(lesions, return_inverse=True, return_counts=True)
    counts = views[position]
    return np.minimum(counts, VIEWS) / counts
