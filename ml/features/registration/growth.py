"""The change of a lesion's area between two photos, with its uncertainty."""

import math
from typing import NamedTuple

import numpy as np

from ml.features.registration.alignment import SIGMAS, Alignment
from ml.features.registration.skin import Skin

# In two photos of an unchanged lesion, the outlines' areas differ. This is the standard error of
# the logarithm of their ratio. In the `valid` split, the 95th percentile of the absolute logarithm
# was 0.14 (first 70 lesions) and 0.18 (next 75, docs/results/growth.json). The value is
# 0.18 / `SIGMAS`, rounded up. So growth.json is no independent test of the value.
OUTLINES = 0.1
# Standard error of the logarithm of a length that somebody marked.
MARK = 0.03


class Growth(NamedTuple):
    """The ratio of the area in the second photo to that in the first, with a 95 % interval."""

    ratio: float
    low: float
    high: float


def by_skin(first: Skin, second: Skin, aligned: Alignment) -> Growth:
    """Compare areas in two aligned photos."""
    ratio = area(second.outline) / area(first.outline) / aligned.area
    return _interval(ratio, math.hypot(OUTLINES, aligned.log_area_error))


def by_scale(first: float, second: float) -> Growth:
    """Compare areas in mm², each by the scale that somebody marked in its photo."""
    return _interval(second / first, math.hypot(OUTLINES, 2 * math.sqrt(2) * MARK))


def area(outline: np.ndarray) -> float:
    """Return the area of a closed outline, (m, 2)."""
    x, y = outline.T
    return float(abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2)


def _interval(ratio: float, error: float) -> Growth:
    factor = math.exp(SIGMAS * error)
    return Growth(ratio, ratio / factor, ratio * factor)
