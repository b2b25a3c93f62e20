"""How well outlines match expert masks: overlap, boundary distance, and refusals."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy.ndimage import binary_erosion, distance_transform_edt
from tqdm import tqdm

from ml.evaluation import metrics
from ml.segmentation.outline_card import Report
from ml.segmentation.outliner import OutlineError, Outliner


class Case(NamedTuple):
    """A picture, its mask of any size, and the name of its lesion."""

    image: Image.Image
    truth: np.ndarray  # (height, width) bool
    lesion_id: str


class Distances(NamedTuple):
    """Distances between two boundaries, in both directions, in % of the picture's diagonal."""

    mean: float
    percentile_95: float


def report(outliner: Outliner, cases: Iterable[Case]) -> Report:
    """Return the outliner's figures on pictures with masks, for its card.

    A picture in which the outliner finds no lesion has a Dice coefficient of 0 and no distance. A
    picture in which it finds several also counts as refused, but its largest outline is compared
    with the mask. Intervals: 95 %, bootstrap over lesions.
    """
    faults, lesions, dices, distances = Counter[str](), [], [], []
    for case in tqdm(cases, "measuring", unit="image"):
        fault, mask = _mask(outliner, case)
        faults[fault] += 1
        lesions.append(case.lesion_id)
        dices.append(dice(mask, case.truth))
        distances.append(surface_distances(mask, case.truth) if mask.any() else (np.nan, np.nan))
    drawn = ~np.isnan(distances).any(1)
    mean, percentile_95 = np.array(distances)[drawn].T
    groups = np.array(lesions)
    return Report(
        images=len(dices),
        refused={fault: count for fault, count in sorted(faults.items()) if fault},
        metrics={
            "dice": metrics.mean(np.array(dices), groups),
            "mean_distance": metrics.mean(mean, groups[drawn]),
            "distance_95": metrics.mean(percentile_95, groups[drawn]),
        },
    )


def _mask(outliner: Outliner, case: Case) -> tuple[str, np.ndarray]:
    height, width = case.truth.shape
    try:
        return "", outliner.outline_at(case.image, (width, height)).mask
    except OutlineError as error:
        nothing = np.zeros((height, width), bool)
        return error.fault.value, error.largest.mask if error.largest else nothing


def dice(first: np.ndarray, other: np.ndarray) -> float:
    """Return the Dice coefficient of two masks of the same size, 0-1; 1 if both are empty."""
    total = first.sum() + other.sum()
    return float(2 * (first & other).sum() / total) if total else 1.0


def surface_distances(first: np.ndarray, other: np.ndarray) -> Distances:
    """Return the distances between the boundaries of two masks that are not empty.

    Symmetric surface distances, from each boundary's pixels to the other boundary: Heimann et al.,
    "Comparison and evaluation of methods for liver segmentation from CT datasets", IEEE
    Transactions on Medical Imaging 28 (2009).
    """
    edges = [mask & ~binary_erosion(mask, border_value=0) for mask in (first, other)]
    away = [distance_transform_edt(~edge) for edge in edges]
    distances = np.concatenate([away[1][edges[0]], away[0][edges[1]]])
    share = 100 / np.hypot(*first.shape)
    return Distances(float(distances.mean() * share), float(np.percentile(distances, 95) * share))
