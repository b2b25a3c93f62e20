"""Aligns two photos of one place by landmarks of the skin, or raises `UnsureError`."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from skimage.feature import match_descriptors

from ml.features.registration.skin import Skin

RATIO = 0.85  # largest ratio of the distances to the best and the second-best match
CLOSE = 2.5  # px: largest distance between a landmark and its expected place
FEWEST = 8  # landmarks that must agree; in photos of different places, at most 5 agree
# The largest error (95 % confidence) of the outline's points, as a share of the lesion's diameter.
LARGEST_ERROR = 0.02
LARGEST_ZOOM = 3.0
MOST_PAIRS = 4000  # pairs to try: enough even if only one match in ten is right
APART = 10.0  # px between the landmarks of a pair: nearer landmarks do not determine the zoom
TINY = 1e-9
SIGMAS = 1.96
EXACT = 0.25  # px: least assumed error of a landmark, since a few may agree better by chance
# The largest angle, seen from the lesion, that may contain no landmark. In a wider angle, stretched
# skin would go unnoticed.
WIDEST_GAP = np.deg2rad(200)
ROUNDS = 3


class UnsureError(Exception):
    """The photos cannot be aligned well enough to compare sizes."""


class Alignment(NamedTuple):
    """The transform from the first photo to the second."""

    # (2, 3): from px of the first to px of the second photo, each at its `Skin.size`.
    matrix: np.ndarray
    log_area_error: float  # standard error of the logarithm of `area`

    @property
    def area(self) -> float:
        """The factor by which areas are larger in the second photo."""
        return float(np.linalg.det(self.matrix[:, :2]))


def align(first: Skin, second: Skin) -> Alignment:
    """Return the transform from the first photo to the second.

    Raises:
        UnsureError: too few landmarks agree, or they do not determine the lesion's position.
    """
    before, after = _matched(first, second)
    if len(before) < FEWEST:
        raise UnsureError(f"{len(before)} landmarks match")
    agree = _agreeing(before, after)
    if agree.sum() < FEWEST:
        raise UnsureError(f"{agree.sum()} landmarks agree")
    return _fitted(before, after, agree, first.outline)


def in_pixels(
    aligned: Alignment, pair: tuple[Skin, Skin], sizes: Sequence[tuple[int, int]]
) -> list[float]:
    """Return an alignment for photos of other sizes, as the numbers a to f of an SVG matrix."""
    first, second = (
        np.diag([*np.divide(photo.size, size), 1.0])
        for photo, size in zip(pair, sizes, strict=True)
    )
    combined = np.linalg.inv(second) @ np.vstack([aligned.matrix, (0, 0, 1)]) @ first
    return [round(float(number), 6) for number in combined[:2].T.ravel()]


def _matched(first: Skin, second: Skin) -> tuple[np.ndarray, np.ndarray]:
    if min(len(first.points), len(second.points)) < FEWEST:
        return np.empty((0, 2)), np.empty((0, 2))
    pairs = match_descriptors(
        first.descriptors, second.descriptors, max_ratio=RATIO, cross_check=True
    )
    before, after = first.points[pairs[:, 0]], second.points[pairs[:, 1]]
    # Several landmarks in one place (one for each direction) count once.
    _, kept = np.unique(np.hstack([before, after]).round(), axis=0, return_index=True)
    return before[kept], after[kept]


def _agreeing(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return which landmarks agree with the best shift, turn and zoom.

    Each pair of landmarks determines a shift, turn and zoom. The best pair's transform fits the
    most landmarks. Points are complex numbers, so that turn and zoom are one factor.
    """
    x, y = before @ (1, 1j), after @ (1, 1j)
    i, j = _pairs(len(x))
    apart = np.abs(x[i] - x[j]) > APART
    i, j = i[apart], j[apart]
    factor = (y[i] - y[j]) / (x[i] - x[j])
    is_likely = np.abs(np.log(np.abs(factor) + TINY)) < np.log(LARGEST_ZOOM)
    factor, shift = factor[is_likely], (y[i] - factor * x[i])[is_likely]
    if not len(factor):
        return np.zeros(len(x), bool)
    agree = np.abs(factor[:, None] * x + shift[:, None] - y) < CLOSE
    best: np.ndarray = agree[agree.sum(1).argmax()]
    return best


def _pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs, or an evenly spaced selection if there are too many to try."""
    i, j = np.triu_indices(count, 1)
    step = len(i) // MOST_PAIRS + 1
    return i[::step], j[::step]


def _fitted(
    before: np.ndarray, after: np.ndarray, agree: np.ndarray, outline: np.ndarray
) -> Alignment:
    """Return the least-squares alignment. It is affine, since a tilted camera shears the photo."""
    for _ in range(ROUNDS):
        design = _design(before[agree])
        matrix = np.linalg.lstsq(design, after[agree], rcond=None)[0].T
        errors = np.linalg.norm(_design(before) @ matrix.T - after, axis=1)
        agree = errors < CLOSE
        if agree.sum() < FEWEST:
            raise UnsureError("the landmarks agree by chance")
    return _checked(before[agree], after[agree], outline)


def _checked(before: np.ndarray, after: np.ndarray, outline: np.ndarray) -> Alignment:
    if _gap(before - outline.mean(0)) > WIDEST_GAP:
        raise UnsureError("the landmarks lie to one side of the lesion")
    design = _design(before)
    matrix = np.linalg.lstsq(design, after, rcond=None)[0].T
    residuals = design @ matrix.T - after
    variance = max(np.square(residuals).sum() / (2 * (len(before) - 3)), EXACT**2)
    spread = variance * np.linalg.pinv(design.T @ design)
    rim = _design(outline)
    error = SIGMAS * np.sqrt(np.einsum("ij,jk,ik->i", rim, spread, rim).max())
    aligned = Alignment(matrix, _log_area_error(matrix, spread))
    if error * np.sqrt(2) > LARGEST_ERROR * _across(rim @ matrix.T):
        raise UnsureError("the landmarks do not determine the lesion's position")
    return aligned


def _gap(directions: np.ndarray) -> float:
    """Return the largest angle between neighbouring directions, in radians."""
    angles = np.sort(np.arctan2(*directions.T))
    return float(np.diff(angles, append=angles[0] + 2 * np.pi).max())


def _design(points: np.ndarray) -> np.ndarray:
    return np.column_stack([points, np.ones(len(points))])


def _across(points: np.ndarray) -> float:
    """Return the largest width of an outline."""
    return float(np.linalg.norm(points[:, None] - points[None], axis=2).max())


def _log_area_error(matrix: np.ndarray, spread: np.ndarray) -> float:
    """Return the standard error of log(det A).

    The gradient of log(det A) with respect to A is A's inverse, transposed.
    """
    back = np.linalg.inv(matrix[:, :2])
    return float(np.sqrt(sum(row @ spread[:2, :2] @ row for row in back.T)))
