"""Which part of a picture HAM10000's square public copies show: measured, not documented.

Darkness follows a lesion's mask best where both lie alike. Masks are drawn generously, so the best
fit is a mask somewhat too small in both directions; the ratio of the two scales is free of that.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.cache import Dataset
from ml.outlines import masks

SCALES = np.arange(0.6, 1.61, 0.05)
GRID = (100, 75)
PICTURES = 50
CLEAR = 0.6  # correlation: a lesion that is darker than its skin


class Fit(NamedTuple):
    """The share of the mask's width that pictures of one native width show."""

    native_width: int
    share: float  # median of the pictures
    quartiles: tuple[float, float]
    pictures: int


def write(data: Dataset, folder: Path, record: Path, seed: int) -> None:
    """Fit the share for each native width on the train split and write it down as JSON."""
    widths = np.unique(data.native_widths)
    fits = [fit(data, folder, int(width), seed)._asdict() for width in widths]
    record.write_text(json.dumps(fits, indent=1) + "\n")


def fit(data: Dataset, folder: Path, native_width: int, seed: int) -> Fit:
    """Return the share that fits most pictures of the train split of this native width.

    Raises:
        OperatorError: a mask is missing.
    """
    rows = data.rows("train")[data.native_widths[data.rows("train")] == native_width]
    chosen = np.random.default_rng(seed).permutation(rows)[:PICTURES]
    uncut = data._replace(
        image_ids=[data.image_ids[row] for row in chosen], native_widths=np.zeros(len(chosen))
    )
    pairs = zip(data.pixels[chosen], masks.read(uncut, folder, (300, 225)), strict=True)
    found = [share(pixels, mask) for pixels, mask in tqdm([*pairs], "fitting", unit="image")]
    shares = np.array([one for one in found if one])
    low, middle, high = (round(float(q), 3) for q in np.quantile(shares, (0.25, 0.5, 0.75)))
    return Fit(native_width, middle, (low, high), len(shares))


def share(pixels: np.ndarray, mask: np.ndarray) -> float | None:
    """Return the share of the mask's width that fits a picture, or None if no scale fits well.

    `pixels` is RGB uint8, `mask` uint8, 0-255; a share of 1 is the whole width, at full height.
    """
    dark = 255 - np.asarray(Image.fromarray(pixels).convert("L").resize(GRID), np.float32)
    image = Image.fromarray(mask)
    fits = np.array([[_fit(dark, image, x, y) for y in SCALES] for x in SCALES])
    x, y = np.unravel_index(fits.argmax(), fits.shape)
    is_inside = 0 < x < len(SCALES) - 1 and 0 < y < len(SCALES) - 1
    return float(SCALES[x] / SCALES[y]) if is_inside and fits.max() > CLEAR else None


def _fit(dark: np.ndarray, mask: Image.Image, x: float, y: float) -> float:
    """Return the correlation of darkness with the middle of a mask, x and y of its size."""
    width, height = mask.width * x, mask.height * y
    left, top = (mask.width - width) / 2, (mask.height - height) / 2
    matrix = (width / GRID[0], 0, left, 0, height / GRID[1], top)
    shown = np.asarray(
        mask.transform(GRID, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    )
    return float(np.corrcoef(dark.ravel(), shown.ravel())[0, 1]) if shown.std() else 0.0
