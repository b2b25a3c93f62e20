"""Finds the most helpful reason for a refusal, so that a person knows what to do differently.

The gate has already refused the picture. Its colour and contrast only name the reason: some photos
of lesions have the same colour and contrast, and must not be refused.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from ml.preprocessing.network_input import HEIGHT, WIDTH, Pixels
from ml.serving import gate
from ml.serving.gate import Refusal

Luma = npt.NDArray[np.float32]

# BT.601's Cr, which is 128 for grey. Skin of any tone is redder, even under a lilac lamp.
LEAST_RED = 131
MIN_SKIN = 0.25
# Fur, print and leaves have more detail than skin; dark patches in them are not spots.
MAX_DETAIL = 22.0
# The picture's sides are divided by `QUARTER`. The brightness of the skin around a pixel is then
# this percentile of the brightness in a window (px).
QUARTER, WINDOW, PERCENTILE = 4, 27, 70
# A spot is darker than the skin by this many grey levels, and by this multiple of the noise.
CONTRAST, OVER_NOISE = 20.0, 4.0
# Unlike hairs and folds, a spot is round: its least area (px), the least filled share of its
# bounding box, and the box's largest ratio of length to width.
MIN_AREA, MIN_FILLED, MAX_LENGTH = 8, 0.45, 2.5
# Shares of the picture: a spot below `SMALL` is too small, and a patch from `LARGE` on is large.
SMALL, LARGE = 0.012, 0.05
# Only spots with at least `ALIKE` times the largest spot's area count: `SEVERAL` are too many.
ALIKE, SEVERAL = 0.2, 3
# A small picture in a black frame is called too small, not too dark. The frame's highest level, the
# picture's lowest level, and the least share of each.
BLACK, LIT, MOSTLY, SOMETHING = 24, 80, 0.7, 0.003
# With a smaller range between light and dark, a picture shows nothing that could be blurred.
MIN_RANGE = 12.0


def named(view: Pixels, refusal: Refusal) -> Refusal:
    """Return the reason that best fits the content of a refused standard view."""
    if refusal not in {Refusal.NOT_A_LESION, Refusal.BLURRED}:
        is_framed = refusal is Refusal.TOO_DARK and _is_mostly_frame(view)
        return Refusal.TOO_SMALL if is_framed else refusal
    if skin_share(view) < MIN_SKIN:
        return Refusal.NOT_SKIN
    if gate.measure(view).detail > MAX_DETAIL:
        return refusal
    luma = view.astype(np.float32) @ gate.LUMA
    areas = spots(luma)
    if sum(area >= ALIKE * areas[0] for area in areas) >= SEVERAL:
        return Refusal.SEVERAL_SPOTS
    if areas and areas[0] < SMALL:
        return Refusal.TOO_SMALL
    is_flat = refusal is Refusal.BLURRED and _range(luma) < MIN_RANGE
    return Refusal.NOT_A_LESION if is_flat else refusal


def _is_mostly_frame(view: Pixels) -> bool:
    """Return whether a view is mostly a black frame around a small, lit picture."""
    luma = view.astype(np.float32) @ gate.LUMA
    return bool((luma <= BLACK).mean() >= MOSTLY and (luma >= LIT).mean() >= SOMETHING)


def skin_share(view: Pixels) -> float:
    """Return the share of a view, 0-1, with a possible colour of skin."""
    red = np.asarray(Image.fromarray(view).convert("YCbCr"))[..., 2]
    return float((red >= LEAST_RED).mean())


def spots(luma: Luma) -> list[float]:
    """Return the areas of dark, round patches as shares of the picture, the largest first.

    If any patch is large, return no spots: the patches around a large patch are part of it.
    """
    size = (WIDTH // QUARTER, HEIGHT // QUARTER)
    small = np.asarray(Image.fromarray(luma).resize(size, Image.Resampling.BOX))
    around = ndimage.percentile_filter(small, PERCENTILE, WINDOW, mode="nearest")
    skin = np.asarray(Image.fromarray(around).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
    darker = skin - ndimage.gaussian_filter(luma, 1)
    usual = float(np.median(darker))
    noise = 1.4826 * float(np.median(np.abs(darker - usual)))
    labels, _ = ndimage.label(darker - usual > max(CONTRAST, OVER_NOISE * noise))
    counts = np.bincount(labels.ravel(), minlength=2)
    if counts[1:].max() >= LARGE * labels.size:
        return []
    areas = [
        counts[label] / labels.size
        for label, box in enumerate(ndimage.find_objects(labels), 1)
        if _is_round(counts[label], box)
    ]
    return sorted(areas, reverse=True)


def _is_round(pixels: int, box: tuple[slice, slice]) -> bool:
    height, width = (side.stop - side.start for side in box)
    is_filled = pixels >= MIN_FILLED * height * width
    return (
        pixels >= MIN_AREA and is_filled and max(height, width) <= MAX_LENGTH * min(height, width)
    )


def _range(luma: Luma) -> float:
    """Return the distance between light and dark after a lamp's gradual fall-off is removed."""
    rows, columns = luma.mean(1, keepdims=True), luma.mean(0, keepdims=True)
    low, high = np.percentile(luma - rows - columns, (1, 99))
    return float(high - low)
