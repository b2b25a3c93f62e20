"""HAM10000's lesions with their outlines, prepared for measuring in the same way as photos."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ml.data.cache import Dataset
from ml.preprocessing.network_input import HEIGHT, WIDTH
from ml.segmentation import lesion_masks
from ml.segmentation.outliner import OutlineError, Outliner


class Outlined(NamedTuple):
    """A row of the data set with its lesion."""

    row: int
    pixels: np.ndarray  # RGB uint8, (150, 200, 3)
    mask: np.ndarray  # bool, (150, 200)


def by_experts(data: Dataset, folder: Path, rows: np.ndarray) -> Iterator[Outlined]:
    """Yield the rows' lesions with their published masks; rows with an empty mask are left out.

    Raises:
        OperatorError: a mask is missing or is not a picture.
    """
    selected = data.take(rows)
    for place, grey in enumerate(lesion_masks.read(selected, folder, (WIDTH, HEIGHT))):
        if (grey > lesion_masks.HALF).any():
            yield Outlined(
                rows[place], np.asarray(selected.pixels[place]), grey > lesion_masks.HALF
            )


def by_network(data: Dataset, outliner: Outliner, rows: np.ndarray) -> Iterator[Outlined]:
    """Yield the rows' lesions as the network outlines them; rows without outline are left out."""
    for row in rows:
        pixels = np.asarray(data.pixels[row])
        try:
            mask = outliner.outline(Image.fromarray(pixels)).mask
        except OutlineError as error:
            if error.largest is None:
                continue
            mask = error.largest.mask
        yield Outlined(row, pixels, mask)
