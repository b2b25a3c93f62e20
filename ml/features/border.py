"""The border: its difference from a circle, its raggedness, and how abruptly the pigment ends."""

import numpy as np
from scipy.ndimage import center_of_mass, distance_transform_edt
from skimage.measure import perimeter_crofton

from ml.features.lesion import DIAMETER, OUTLINE_DIAMETER, Lesion, bounds

BOXES = OUTLINE_DIAMETER / np.geomspace(24, 3, 7)  # sides, px
OFFSETS = (0.0, 0.25, 0.5, 0.75)  # positions of the grid of boxes, as shares of a side

SEGMENTS, SECTORS = 8, 4  # segments of the border, sectors of a segment
REACH = DIAMETER // 6  # px to either side of the outline
STEP = 6  # px: an edge narrower than this is abrupt
CONTRAST = 6.0  # L*: with less contrast there is no pigment whose end could be abrupt
ABRUPT = 0.6  # share of the contrast within a step
HALF = 0.5  # share of a segment's sectors


def compactness(lesion: Lesion) -> float:
    """Return perimeter² / (4 π area): 1 for a circle, more for other shapes.

    The perimeter is Crofton's, in four directions (Legland et al., Image Analysis & Stereology 26,
    2007). The steps of pixels do not lengthen it.
    """
    outline = lesion.outline[bounds(lesion.outline, 1)]
    perimeter = perimeter_crofton(outline, directions=4)
    return float(perimeter**2 / (4 * np.pi * outline.sum()))


def fractal_dimension(contour: np.ndarray) -> float:
    """Return the box-counting dimension of an outline, (n, 2) px: 1 if smooth, nearer 2 if ragged.

    The boxes are a 24th to a third of the lesion's diameter. The grid is placed where it needs the
    fewest boxes. Falconer, "Fractal Geometry", 2nd edition 2003, equation 3.6. Claridge et
    al. applied it to lesions, "Shape analysis for classification of malignant melanoma", J. Biomed.
    Eng. 14, 1992.
    """
    counts = [min(_boxes(contour / side + offset) for offset in OFFSETS) for side in BOXES]
    return float(np.polyfit(np.log(1 / BOXES), np.log(counts), 1)[0])


def abrupt_segments(lesion: Lesion, angle: float) -> int:
    """Return the number of segments, 0-8, in which the pigment ends abruptly.

    Stolz et al. 1994. The eight segments begin at the axis of symmetry, and each has four sectors.
    In each sector the lightness L* is followed across the outline. A sector with enough contrast is
    abrupt if most of the change happens within a sixteenth of the diameter, anywhere near the
    outline. A segment counts if at least half of its sectors are abrupt.
    """
    profiles = _profiles(lesion, angle)
    inner, outer = profiles[:, : REACH // 2].mean(1), profiles[:, -REACH // 2 :].mean(1)
    contrast = outer - inner
    steepest = (profiles[:, STEP:] - profiles[:, :-STEP]).max(1)
    is_abrupt = (contrast >= CONTRAST) & (steepest >= ABRUPT * contrast)
    return int((is_abrupt.reshape(SEGMENTS, SECTORS).mean(1) >= HALF).sum())


def _boxes(points: np.ndarray) -> int:
    rows, columns = np.floor(points).astype(int).T
    is_crossed = np.zeros((rows.max() + 1, columns.max() + 1), bool)
    is_crossed[rows, columns] = True
    return int(is_crossed.sum())


def _profiles(lesion: Lesion, angle: float) -> np.ndarray:
    """Return each sector's mean L* by distance from the outline, inside to outside, (32, 32).

    Distances at which a sector has no pixel are nan.
    """
    outside, inside = (distance_transform_edt(m) - 0.5 for m in (~lesion.mask, lesion.mask))
    distance = np.where(lesion.mask, -inside, outside)
    near = np.abs(distance) < REACH
    rows, columns = np.nonzero(near)
    centre = center_of_mass(lesion.mask)
    turned = np.arctan2(rows - centre[0], columns - centre[1]) - angle
    sectors = (turned / (2 * np.pi) % 1 * SEGMENTS * SECTORS).astype(int) % (SEGMENTS * SECTORS)
    cells = sectors * 2 * REACH + (distance[near] + REACH).astype(int)
    size = SEGMENTS * SECTORS * 2 * REACH
    counts = np.bincount(cells, minlength=size)
    sums = np.bincount(cells, lesion.lab[..., 0][near], size)
    means = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
    profiles: np.ndarray = means.reshape(SEGMENTS * SECTORS, -1)
    return profiles
