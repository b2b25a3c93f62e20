"""Texture of the lesion's lightness L*."""

import math
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern

from ml.features.lesion import Lesion, bounds, steps_to

LEVELS = 32  # grey levels for the L* range 0-100
OFFSET = 2  # px between the pixels of a pair
DIRECTIONS = np.arange(4) * np.pi / 4
NEIGHBOURS, RADIUS = 8, 2
LINE = 1.5  # px, standard deviation across a line of a pigment network
RIM = 5  # px, width of the lesion's rim, which is left out
DEPTH = 1.5  # L*, least darkness of a line


class CoOccurrence(NamedTuple):
    """Features of Haralick, Shanmugam and Dinstein, IEEE Trans. SMC 3 (1973).

    Each is the mean over four directions.
    """

    contrast: float
    correlation: float
    energy: float
    homogeneity: float


def co_occurrence(lightness: np.ndarray, mask: np.ndarray) -> CoOccurrence:
    """Return the features of the grey-level co-occurrence matrix of the pixels in a mask.

    Args:
        lightness: L*, (rows, columns), 0-100; is divided into 32 levels.
        mask: (rows, columns) bool; pairs with a pixel outside do not count.
    """
    levels = np.clip(lightness * LEVELS / 100, 0, LEVELS - 1).astype(np.uint8) + 1
    pairs = graycomatrix(
        np.where(mask, levels, 0).astype(np.uint8), [OFFSET], DIRECTIONS, LEVELS + 1, symmetric=True
    )
    # Level 0 stands for the outside.
    inside = pairs[1:, 1:].astype(float)
    return CoOccurrence(*(float(graycoprops(inside, p).mean()) for p in CoOccurrence._fields))


def lbp_entropy(lightness: np.ndarray, mask: np.ndarray) -> float:
    """Return the entropy of uniform local binary patterns in a mask, bits, 0 to log2(10).

    Ojala, Pietikäinen and Mäenpää, IEEE Trans. PAMI 24 (2002), eight neighbours two pixels away.
    """
    near = bounds(mask, RADIUS + 1)
    levels = np.rint(np.clip(lightness[near], 0, 100) * 2.55).astype(np.uint8)
    codes = local_binary_pattern(levels, NEIGHBOURS, RADIUS, "uniform")
    patterns = codes[mask[near]].astype(int)
    shares = np.bincount(patterns, minlength=NEIGHBOURS + 2) / len(patterns)
    return float(-(shares * np.log2(np.where(shares > 0, shares, 1))).sum())


def network(lesion: Lesion) -> float:
    """Return the share of the lesion, rim excluded, on thin dark lines, as in a pigment network."""
    near = bounds(lesion.mask, RIM)
    lines = dark_lines(lesion.lab[..., 0][near])
    # The lesion's own rim is darker than the skin, but is not a line. The photo's edge counts as a
    # rim, since nothing is known beyond it.
    inside = steps_to(np.pad(~lesion.mask[near], 1, constant_values=True))[1:-1, 1:-1] > RIM
    return float((lines[inside] > DEPTH).mean()) if inside.any() else 0.0


def dark_lines(lightness: np.ndarray) -> np.ndarray:
    """Return the darkness of thin lines at each pixel of a picture, 0 where there is no line.

    Lines are detected by the eigenvalues of the Hessian, Sato et al., Medical Image Analysis 2
    (1998). The values equal those of scikit-image's `sato`, but importing its module would load
    22 MiB of SciPy's statistics.
    """
    # The second derivatives are computed as two first ones, each smoothed with half the variance.
    slope = partial(gaussian_filter, sigma=(1 / math.sqrt(2)) * LINE, truncate=8)
    down, across = slope(lightness, order=(1, 0)), slope(lightness, order=(0, 1))
    twice_down, twice_across = slope(down, order=(1, 0)), slope(across, order=(0, 1))
    mixed = slope(down, order=(0, 1))
    spread = np.sqrt(mixed**2 + ((twice_down - twice_across) / 2) ** 2)
    strongest = (twice_down + twice_across) / 2 + spread
    darkness: np.ndarray = LINE**2 * np.maximum(strongest, 0)
    return darkness
