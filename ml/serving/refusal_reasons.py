"""Find the reason for a refusal that tells a person what to do differently.

This only names refusals that the gate has made. Colour and contrast alone are no grounds for one:
some photos of a lesion look the same.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from ml.preprocessing.network_input import HEIGHT, WIDTH, Pixels
from ml.serving import gate
from ml.serving.gate import Refusal

Luma = npt.NDArray[np.float32]

# Skin of any tone is redder than grey (128 of BT.601's Cr), even where a lamp makes it lilac.
LEAST_RED = 131
MIN_SKIN = 0.25
# Fur, print and leaves are busier than skin: what looks like spots in them is none.
MAX_DETAIL = 22.0
# The skin around a spot: of the picture at a quarter of its size, in a window, not its darkest.
QUARTER, WINDOW, BRIGHTER = 4, 27, 70
# A spot is this much darker (grey levels, and times the noise), and round: no hair, no fold.
CONTRAST, OVER_NOISE = 20.0, 4.0
MIN_AREA, MIN_FILLED, MAX_LENGTH = 8, 0.45, 2.5
# Shares of the picture, and of the largest spot.
SMALL, LARGE = 0.012, 0.05
ALIKE, SEVERAL = 0.2, 3
# A small picture in a black frame is not a dark one: the levels, and shares, of frame and picture.
BLACK, LIT, MOSTLY, SOMETHING = 24, 80, 0.7, 0.003
# Less than this between light and dark is nothing, blurred or not.
MIN_RANGE = 12.0


def named(view: Pixels, refusal: Refusal) -> Refusal:
    """Return the reason that fits what a refused standard view shows best."""
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
    """Return whether a black frame has a picture in it that is too small to be cut out."""
    luma = view.astype(np.float32) @ gate.LUMA
    return bool((luma <= BLACK).mean() >= MOSTLY and (luma >= LIT).mean() >= SOMETHING)


def skin_share(view: Pixels) -> float:
    """Return which share of a view has a colour that skin can have, 0-1."""
    red = np.asarray(Image.fromarray(view).convert("YCbCr"))[..., 2]
    return float((red >= LEAST_RED).mean())


def spots(luma: Luma) -> list[float]:
    """Return the areas of dark, round patches as shares of the picture, the largest first.

    None where there is a large patch of any shape: what lies around it are its parts.
    """
    size = (WIDTH // QUARTER, HEIGHT // QUARTER)
    small = np.asarray(Image.fromarray(luma).resize(size, Image.Resampling.BOX))
    around = ndimage.percentile_filter(small, BRIGHTER, WINDOW, mode="nearest")
    skin = np.asarray(Image.fromarray(around).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
    darker = skin - ndimage.gaussian_filter(luma, 1)
    usual = float(np.median(darker))
    noise = 1.4826 * float(np.median(np.abs(darker - usual)))
    labels, _ = ndimage.label(darker - usual > max(CONTRAST, OVER_NOISE * noise))
    counts = np.bincount(labels.ravel(), minlength=2)
    if counts[1:].max() >= LARGE * labels.size:
        return []
    found = [
        counts[label] / labels.size
        for label, box in enumerate(ndimage.find_objects(labels), 1)
        if _is_round(counts[label], box)
    ]
    return sorted(found, reverse=True)


def _is_round(pixels: int, box: tuple[slice, slice]) -> bool:
    height, width = (side.stop - side.start for side in box)
    is_filled = pixels >= MIN_FILLED * height * width
    return (
        pixels >= MIN_AREA and is_filled and max(height, width) <= MAX_LENGTH * min(height, width)
    )


def _range(luma: Luma) -> float:
    """Return how far light and dark lie apart once a lamp's even fall-off is taken out."""
    rows, columns = luma.mean(1, keepdims=True), luma.mean(0, keepdims=True)
    low, high = np.percentile(luma - rows - columns, (1, 99))
    return float(high - low)
