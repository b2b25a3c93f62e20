"""How a lesion's area changed between two photos, and how sure that is."""

import math
from typing import NamedTuple

import numpy as np

from ml.features.registration.alignment import SIGMAS, Alignment
from ml.features.registration.skin import Skin

# Standard errors of a logarithm of areas. The first is of two outlines of one unchanged lesion in
# two photos. Over valid lesions the 95th percentile was 0.14 (the first 70) and 0.18 (the next 75,
# docs/results/growth.json): rounded up, so chosen on those lesions, too. The second is of a
# marked length.
OUTLINES = 0.1
MARK = 0.03


class Growth(NamedTuple):
    """How many times as large the area is in the second photo, with a 95 % interval."""

    ratio: float
    low: float
    high: float


def by_skin(first: Skin, second: Skin, aligned: Alignment) -> Growth:
    """Compare areas in two photos that are laid over each other."""
    ratio = area(second.outline) / area(first.outline) / aligned.area
    return _interval(ratio, math.hypot(OUTLINES, aligned.log_area_error))


def by_scale(first: float, second: float) -> Growth:
    """Compare areas in mm², each by a scale that somebody marked in its photo."""
    return _interval(second / first, math.hypot(OUTLINES, 2 * math.sqrt(2) * MARK))


def area(outline: np.ndarray) -> float:
    """Return the area of a closed outline, (m, 2)."""
    x, y = outline.T
    return float(abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2)


def _interval(ratio: float, error: float) -> Growth:
    factor = math.exp(SIGMAS * error)
    return Growth(ratio, ratio / factor, ratio * factor)
