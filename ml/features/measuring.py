"""Measures all features of a lesion from a photo and a mask."""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import center_of_mass, label
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from skimage.measure import find_contours

from ml.features import asymmetry, border, colour, texture
from ml.features.lesion import Lesion, bounds, cut
from ml.features.names import Measures

DIAGONAL = np.ones((3, 3))  # pixels that touch at a corner are neighbours, too
VERSION = "1"  # changes whenever the meaning of a feature changes


class Drawing(NamedTuple):
    """The axes to draw over a photo. Points are x and y as shares of its width and height."""

    centre: tuple[float, float]
    axes: tuple[np.ndarray, np.ndarray]  # the least asymmetric pair, (2, 2) each: both ends


def measure(pixels: np.ndarray, mask: np.ndarray, mm_per_px: float | None = None) -> Measures:
    """Return the features of one lesion; takes about 20 ms.

    Args:
        pixels: an upright photo, RGB uint8, (height, width, 3).
        mask: pixels of the lesion, (height, width) bool.
        mm_per_px: the photo's scale, if it is known.

    Raises:
        ValueError: the mask and the photo differ in size, or the mask is empty.
    """
    lesion = cut(pixels, mask)
    return _measures(lesion, asymmetry.measure(lesion), mask, mm_per_px)


def drawing(pixels: np.ndarray, mask: np.ndarray) -> Drawing:
    """Return the axes that `measure` used, each cut off where it leaves the lesion.

    Args and errors: as `measure`.
    """
    lesion = cut(pixels, mask)
    return _drawing(lesion, asymmetry.measure(lesion).angle)


def measure_and_draw(pixels: np.ndarray, mask: np.ndarray) -> tuple[Measures, Drawing]:
    """Return the features, without `diameter_mm`, and the axes, in little more time than `measure`.

    Args and errors: as `measure`.
    """
    lesion = cut(pixels, mask)
    axes = asymmetry.measure(lesion)
    return _measures(lesion, axes, mask, None), _drawing(lesion, axes.angle)


def _measures(
    lesion: Lesion, axes: asymmetry.Asymmetry, mask: np.ndarray, mm_per_px: float | None
) -> Measures:
    contour = _contour(lesion)
    shares = colour.shares(lesion)
    pairs = texture.co_occurrence(lesion.lab[..., 0], lesion.mask)
    diameter = _feret(contour[:, ::-1] * lesion.scale * (mask.shape[1], mask.shape[0]))
    return Measures(
        asymmetry_score=axes.score,
        asymmetry_shape=axes.shape,
        asymmetry_colour=axes.colour,
        border_compactness=border.compactness(lesion),
        border_fractal_dimension=border.fractal_dimension(contour),
        border_abrupt_segments=border.abrupt_segments(lesion, axes.angle),
        colour_count=colour.count(shares),
        **{
            f"colour_{name}": float(share)
            for name, share in zip(colour.TYPICAL, shares, strict=True)
        },
        colour_variegation=colour.variegation(lesion),
        **{f"texture_{name}": value for name, value in pairs._asdict().items()},
        texture_lbp_entropy=texture.lbp_entropy(lesion.lab[..., 0], lesion.mask),
        texture_network=texture.network(lesion),
        area_share=float(mask.mean()),
        diameter_share=diameter / max(mask.shape),
        diameter_mm=None if mm_per_px is None else diameter * mm_per_px,
    )


def _drawing(lesion: Lesion, angle: float) -> Drawing:
    centre = np.array(center_of_mass(lesion.outline))[::-1]
    axes = [_across(lesion, centre, angle + turn) for turn in (0, np.pi / 2)]
    place = np.array(lesion.corner)
    first, second = (np.clip(place + (axis + 0.5) * lesion.scale, 0, 1) for axis in axes)
    x, y = place + (centre + 0.5) * lesion.scale
    return Drawing((float(x), float(y)), (first, second))


def _contour(lesion: Lesion) -> np.ndarray:
    """Return the points of the longest outline, (n, 2): row and column. They are not sorted."""
    rows, columns = bounds(lesion.outline, 1)
    mask = lesion.outline[rows, columns]
    if _is_in_one_piece(mask):
        points = _edges(mask)
    else:
        points = max(find_contours(mask.astype(np.float32), 0.5), key=len)
    placed: np.ndarray = np.add(points, (rows.start, columns.start))
    return placed


def _is_in_one_piece(mask: np.ndarray) -> bool:
    """Return whether a mask has a single outline: no holes, and no second part."""
    return bool(label(mask)[1] == 1 and label(~mask, DIAGONAL)[1] == 1)


def _edges(mask: np.ndarray) -> np.ndarray:
    """Return the points halfway between pixels in a mask and their neighbours outside, (n, 2)."""
    across = np.add(np.argwhere(mask[:, 1:] != mask[:, :-1]), (0, 0.5))
    down = np.add(np.argwhere(mask[1:] != mask[:-1]), (0.5, 0))
    return np.concatenate([across, down])


def _feret(points: np.ndarray) -> float:
    """Return the largest distance between any two of the points, (n, 2)."""
    return float(pdist(points[ConvexHull(points).vertices]).max())


def _across(lesion: Lesion, centre: np.ndarray, angle: float) -> np.ndarray:
    """Return the points where a line through the centre leaves the lesion, x and y, (2, 2)."""
    direction = np.array([np.cos(angle), np.sin(angle)])
    steps = np.arange(-max(lesion.outline.shape), max(lesion.outline.shape) + 1)
    points = centre + steps[:, None] * direction
    columns, rows = np.rint(points).astype(int).T
    inside = (rows >= 0) & (rows < lesion.outline.shape[0])
    inside &= (columns >= 0) & (columns < lesion.outline.shape[1])
    inside[inside] = lesion.outline[rows[inside], columns[inside]]
    ends: np.ndarray = points[inside][[0, -1]]
    return ends
