"""A lesion at a fixed size, cut out of its photo.

Features must not depend on the size of a photo. A photo is first reduced to the resolution of the
training pictures, as for the classifier (see `ml.preprocessing.network_input`). Then the lesion is
scaled to a fixed equivalent diameter (the diameter of a circle of the same area).
"""

import math
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter
from scipy.ndimage import distance_transform_cdt, find_objects
from skimage.color import rgb2lab

from ml.preprocessing.network_input import measured_size

DIAMETER = 96  # px in `lab` and `mask`
OUTLINE_DIAMETER = 256  # px in `outline`: unlike colours, a mask can be enlarged
MARGIN = 0.25  # width of the skin around the lesion, as a share of its diameter
SMOOTHING = 0.7  # px of the reduced photo
HALF = 127


class Lesion(NamedTuple):
    """A lesion with some skin around it, and its position in the photo."""

    lab: np.ndarray  # CIELAB (D65), (rows, columns, 3)
    mask: np.ndarray  # (rows, columns) bool
    # the same mask at a higher resolution, (more rows, more columns) bool, False at all four edges
    outline: np.ndarray
    # top left corner of the outline's array, x and y as shares of the photo's sides
    corner: tuple[float, float]
    scale: tuple[float, float]  # width and height of a pixel of `outline`, as shares of the photo

    @property
    def colours(self) -> np.ndarray:
        """The CIELAB colours of the lesion's pixels, (n, 3)."""
        colours: np.ndarray = self.lab[self.mask]
        return colours


def cut(pixels: np.ndarray, mask: np.ndarray) -> Lesion:
    """Return the lesion of a photo.

    Args:
        pixels: RGB uint8, (height, width, 3).
        mask: pixels of the lesion, (height, width) bool.

    Raises:
        ValueError: the mask and the photo differ in size, or the mask is empty.
    """
    if mask.shape != pixels.shape[:2] or not mask.any():
        raise ValueError("The mask must have the photo's size, and must not be empty.")
    size = measured_size(mask.shape[1], mask.shape[0])
    photo = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    grey = Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.BOX)
    # Without smoothing, the steps of a coarse mask would lengthen the border.
    grey = grey.filter(ImageFilter.GaussianBlur(SMOOTHING))
    diameter = equivalent_diameter(np.asarray(grey).sum() / 255)
    box = _box(grey, MARGIN * diameter)
    small = _resized(photo, box, DIAMETER / diameter)
    outline = np.asarray(_resized(grey, box, OUTLINE_DIAMETER / diameter)) > HALF
    across, down = ((box[i + 2] - box[i]) / outline.shape[1 - i] / size[i] for i in (0, 1))
    return Lesion(
        rgb2lab(np.asarray(small, np.float32) / 255),
        np.asarray(_resized(grey, box, DIAMETER / diameter)) > HALF,
        np.pad(outline, 1),
        (box[0] / size[0] - across, box[1] / size[1] - down),
        (across, down),
    )


def bounds(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of a mask's bounding box, extended by `margin` px.

    Computing features only inside the box halves the time.
    """
    (box,) = find_objects(mask.astype(np.uint8))
    rows, columns = (slice(max(side.start - margin, 0), side.stop + margin) for side in box)
    return rows, columns


def steps_to(mask: np.ndarray) -> np.ndarray:
    """Return the number of steps up, down or sideways from a mask to each pixel, (rows, columns).

    Binary dilation would need one round for each step. This transform computes all at once.
    """
    steps: np.ndarray = distance_transform_cdt(~mask, "taxicab")
    return steps


def equivalent_diameter(area: float) -> float:
    """Return the diameter of the circle of this area."""
    return 2 * math.sqrt(area / math.pi)


def _box(grey: Image.Image, margin: float) -> tuple[float, float, float, float]:
    """Return the lesion's bounding box with a margin, inside the picture."""
    left, top, right, bottom = grey.getbbox() or (0, 0, *grey.size)
    return (
        max(left - margin, 0),
        max(top - margin, 0),
        min(right + margin, grey.width),
        min(bottom + margin, grey.height),
    )


def _resized(
    image: Image.Image, box: tuple[float, float, float, float], factor: float
) -> Image.Image:
    width, height = (max(1, round((box[i + 2] - box[i]) * factor)) for i in (0, 1))
    return image.resize((width, height), Image.Resampling.BICUBIC, box)
