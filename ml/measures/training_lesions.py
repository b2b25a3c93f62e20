"""HAM10000's lesions as a person's photo would show them: outlined, and in true proportions."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ml.cache import Dataset
from ml.outlines import masks
from ml.outlines.outliner import OutlineError, Outliner
from ml.views import HEIGHT, WIDTH

# The square copies show the middle of the picture, squeezed; the standard view stretches it.
SQUARE_SIZE = round(HEIGHT * 4 / 3 * masks.SQUARE_SHARE), HEIGHT


class Outlined(NamedTuple):
    """A row of the data set with its lesion."""

    row: int
    pixels: np.ndarray  # RGB uint8, (150, width, 3)
    mask: np.ndarray  # bool, (150, width)


def by_experts(data: Dataset, folder: Path, rows: np.ndarray) -> Iterator[Outlined]:
    """Yield the rows' lesions with the masks that were published with them, where there is one.

    Raises:
        OperatorError: a mask is missing or is no picture.
    """
    some = data.take(rows)
    for place, grey in enumerate(masks.read(some, folder, (WIDTH, HEIGHT))):
        mask = true_proportions(some, place, grey) > masks.HALF
        if mask.any():
            yield Outlined(rows[place], true_proportions(some, place, some.pixels[place]), mask)


def by_network(data: Dataset, outliner: Outliner, rows: np.ndarray) -> Iterator[Outlined]:
    """Yield the rows' lesions as the network outlines them, where it does."""
    for row in rows:
        pixels = true_proportions(data, row, data.pixels[row])
        try:
            mask = outliner.outline(Image.fromarray(pixels)).mask
        except OutlineError as error:
            if error.largest is None:
                continue
            mask = error.largest.mask
        yield Outlined(row, pixels, mask)


def true_proportions(data: Dataset, row: int, picture: np.ndarray) -> np.ndarray:
    """Return a standard view, or its mask, (150, 200, ...), as broad as the lesion was."""
    if data.native_widths[row] != masks.SQUARE_WIDTH:
        return np.asarray(picture)
    return np.asarray(Image.fromarray(picture).resize(SQUARE_SIZE, Image.Resampling.BICUBIC))
