"""Changes a photo as if it were taken again: turned, nearer or farther, or more compressed.

A changed photo comes with its mask. A turned photo keeps its frame, upright or on its side. The
frame grows only as far as the lesion needs, so that the lesion's share of the photo hardly changes.
"""

from collections.abc import Callable
from functools import partial
from io import BytesIO

import numpy as np
from PIL import Image
from skimage.transform import AffineTransform, EuclideanTransform, warp

from ml.segmentation.lesion_masks import HALF

Change = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

ANGLES = (20, 50, 90, 140, 250)  # degrees
SIZES = (0.5, 1.5)  # factors for the photo's sides
QUALITIES = (50, 75)  # JPEG qualities
INSIDE = 0.5  # threshold of an interpolated mask
MARGIN = 4  # px around a turned lesion that fills its frame


def is_whole(mask: np.ndarray) -> bool:
    """Return whether a lesion touches no edge of the photo, beyond which it could continue."""
    edges = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    return not any(edge.any() for edge in edges)


def turned(pixels: np.ndarray, mask: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a photo and its mask turned, with the lesion in the middle.

    The edge is repeated outwards. If it were mirrored, a lesion near the edge would appear twice.

    Args:
        pixels: RGB uint8, (height, width, 3).
        mask: (height, width) bool, not empty.
        degrees: angle of the turn.
    """
    rows, columns = np.nonzero(mask)
    turn = EuclideanTransform(rotation=np.deg2rad(degrees))
    points = turn(np.stack([columns, rows], 1))
    low, high = points.min(0), points.max(0)
    width, height = _frame(mask.shape, high - low)
    middle = np.array([width - 1, height - 1]) / 2 - (low + high) / 2
    back = AffineTransform((turn + EuclideanTransform(translation=middle)).params).inverse
    place = partial(warp, inverse_map=back, output_shape=(height, width), preserve_range=True)
    picture = place(pixels.astype(float), order=3, mode="edge")
    return np.rint(np.clip(picture, 0, 255)).astype(np.uint8), place(mask * 1.0, order=1) > INSIDE


def scaled(pixels: np.ndarray, mask: np.ndarray, by: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a photo and its mask with the sides scaled by a factor."""
    size = round(mask.shape[1] * by), round(mask.shape[0] * by)
    photo, grey = Image.fromarray(pixels), Image.fromarray(mask.astype(np.uint8) * 255)
    larger = [np.asarray(image.resize(size, Image.Resampling.BICUBIC)) for image in (photo, grey)]
    return larger[0], larger[1] > HALF


def compressed(pixels: np.ndarray, mask: np.ndarray, quality: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a photo after JPEG compression of this quality, 1-95, and the unchanged mask."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)), mask


def _frame(shape: tuple[int, ...], needed: np.ndarray) -> tuple[int, int]:
    """Return width and height of the photo's frame, turned like the lesion and large enough."""
    short, long = sorted(shape)
    frame = (long, short) if needed[0] >= needed[1] else (short, long)
    width, height = np.maximum(frame, np.ceil(needed).astype(int) + 1 + 2 * MARGIN)
    return int(width), int(height)


KINDS: dict[str, list[Change]] = {
    "turned": [partial(turned, degrees=degrees) for degrees in ANGLES],
    "scaled": [partial(scaled, by=by) for by in SIZES],
    "compressed": [partial(compressed, quality=quality) for quality in QUALITIES],
}
