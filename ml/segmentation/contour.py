"""Turns the network's logits into one closed outline, on the network's grid.

A field is float32, (rows, columns), and above 0 on the lesion. Its zero line is the outline, and
stays smooth however far the field is enlarged.
"""

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import measure

from ml.serving import gate

TUBE_LUMA = 35  # 0-255; darker pixels may be a dermatoscope's tube
CLEAR = 8.0  # logits are clipped to the range from -CLEAR to CLEAR
POINTS = 200  # the largest number of a polygon's points, without the one that closes it
BORDER = 128  # the grey level of a logit of 0


def beyond_tube(pixels: np.ndarray) -> np.ndarray:
    """Return the part hidden by a dermatoscope's tube: dark patches in a corner, (rows, columns).

    `pixels` is RGB uint8, (rows, columns, 3). A dark lesion that touches only an edge is kept.
    """
    dark = pixels.astype(np.float32) @ gate.LUMA < TUBE_LUMA
    patches = measure.label(dark, connectivity=1)
    corners = {patches[row, column] for row in (0, -1) for column in (0, -1)} - {0}
    return np.isin(patches, list(corners))


def patches(logits: np.ndarray, min_area: float) -> list[np.ndarray]:
    """Return the connected patches above 0, the largest first, (rows, columns) bool each.

    Holes are filled. Patches smaller than `min_area`, a share of the picture, are left out.
    """
    labels = measure.label(logits > 0, connectivity=1)
    areas = np.bincount(labels.ravel())[1:] / labels.size
    order = [label for label in np.argsort(-areas) if areas[label] >= min_area]
    return [_filled(labels == label + 1) for label in order]


def _filled(patch: np.ndarray) -> np.ndarray:
    """Fill the holes of a patch, five times as fast as SciPy's function, which dilates."""
    around, count = ndimage.label(~patch)
    is_outside = np.zeros(count + 1, bool)
    for edge in (around[0], around[-1], around[:, 0], around[:, -1]):
        is_outside[edge] = True
    # The label of the patch itself.
    is_outside[0] = False
    filled: np.ndarray = ~is_outside[around]
    return filled


def confidence(logits: np.ndarray, patch: np.ndarray) -> float:
    """Return how sharply the network delimits a patch, 0-1.

    It is the intersection over union of the outlines at the logits 1 and -1: the stability score
    of Kirillov et al., "Segment Anything", ICCV 2023. Pixels above 0 in other patches do not count,
    so a second lesion does not lower the confidence of the first.
    """
    strict = patch & (logits > 1)
    generous = patch | (logits > -1) & (logits <= 0)
    return float(strict.sum() / generous.sum())


def plainness(logits: np.ndarray, patch: np.ndarray) -> float:
    """Return the mean logit of a patch.

    A second lesion has as high a mean as the first; a stain has a lower mean.
    """
    return float(logits[patch].mean())


def field(logits: np.ndarray, patch: np.ndarray) -> np.ndarray:
    """Return the logits with only this patch above 0, and without holes."""
    clear = np.clip(logits, -CLEAR, CLEAR)
    return np.where(patch, np.where(clear > 0, clear, 1), np.minimum(clear, -1)).astype(np.float32)


def mask(lesion: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a field's lesion in a picture of (width, height) pixels, (height, width) bool."""
    # Pillow enlarges 8 bits twice as fast as floats. Rounding to 1/16 logit moves no boundary.
    grey = np.clip(BORDER + 16 * lesion, 0, 255).astype(np.uint8)
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC)) > BORDER


def polygon(lesion: np.ndarray) -> np.ndarray:
    """Return a field's outline, closed, (n, 2): x and y as shares of width and height, n <= 201."""
    padded = np.pad(np.pad(lesion, 1, "edge"), 1, constant_values=-CLEAR)
    longest = max(measure.find_contours(padded, 0), key=len)
    step = -(-len(longest) // POINTS)
    rows, columns = (longest[:-1:step] - 1.5).T
    shares = np.stack([columns / lesion.shape[1], rows / lesion.shape[0]], 1)
    closed: np.ndarray = np.clip(np.concatenate([shares, shares[:1]]), 0, 1)
    return closed


def simplified(points: np.ndarray, tolerance: float) -> np.ndarray:
    """Return a polyline, (n, 2), with fewer points, within `tolerance` of the original.

    Douglas and Peucker, Cartographica 10 (1973): each round splits all segments at their farthest
    points. scikit-image gives the same points, but splits one segment at a time, which takes ten
    times as long.
    """
    kept = np.zeros(len(points), bool)
    kept[[0, -1]] = True
    while len(farthest := _farthest(points, kept, tolerance)):
        kept[farthest] = True
    simpler: np.ndarray = points[kept]
    return simpler


def _farthest(points: np.ndarray, kept: np.ndarray, tolerance: float) -> np.ndarray:
    """Return, for each segment, the position of its farthest point if beyond the tolerance."""
    ends = np.flatnonzero(kept)
    segment = np.cumsum(kept[:-1]) - 1
    along = np.diff(points[ends], axis=0)[segment]
    away = points[:-1] - points[ends[segment]]
    squares = np.maximum(np.square(along).sum(1), np.finfo(float).tiny)
    share = np.clip((away * along).sum(1) / squares, 0, 1)
    distances = np.hypot(*(away - share[:, None] * along).T)
    most = np.maximum.reduceat(distances, ends[:-1])[segment]
    too_far = np.flatnonzero((distances == most) & (distances > tolerance))
    farthest: np.ndarray = too_far[np.unique(segment[too_far], return_index=True)[1]]
    return farthest
