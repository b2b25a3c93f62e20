"""Draws a contact sheet of augmentation: training pictures with changed copies of each."""

import numpy as np
from PIL import Image

from ml.augmentation import random_changes
from ml.augmentation.random_changes import Ranges
from ml.data.cache import Dataset
from ml.preprocessing import network_input

ROWS, COPIES = 6, 7
GAP = 4  # pixels between pictures


def draw(data: Dataset, ranges: Ranges, seed: int) -> Image.Image:
    """Return the sheet: six training pictures, each followed by seven changed copies.

    The same seed draws the same pictures with the same changes.
    """
    train = data.rows("train")
    drawn = np.random.default_rng(seed).choice(train, min(ROWS, len(train)), replace=False)
    pixels = network_input.neutral_light(data.pixels[np.sort(drawn)])
    copies = [np.asarray(random_changes.augment(pixels, (seed, n), ranges)) for n in range(COPIES)]
    return _tile(np.stack([pixels, *copies], axis=1).astype(np.uint8))


def _tile(pictures: np.ndarray) -> Image.Image:
    """Return pictures, (rows, columns, height, width, 3) uint8, side by side on white."""
    margins = [(0, 0), (0, 0), (GAP, 0), (GAP, 0), (0, 0)]
    padded = np.pad(pictures, margins, constant_values=255)
    rows, columns, height, width, channels = padded.shape
    sheet = padded.swapaxes(1, 2).reshape(rows * height, columns * width, channels)
    return Image.fromarray(np.pad(sheet, [(0, GAP), (0, GAP), (0, 0)], constant_values=255))
