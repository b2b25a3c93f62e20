"""Reads HAM10000's lesion masks, in the order of its pictures in the cache.

Tschandl et al., "Human-computer collaboration for skin cancer recognition", Nature Medicine 26
(2020), published the masks: `<image_id>_segmentation.png`, white where the lesion is.
"""

from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.data import cache, picture_files
from ml.data.cache import Dataset
from ml.errors import OperatorError
from ml.preprocessing import network_input
from ml.segmentation.grid import HEIGHT, WIDTH

SUFFIX = "_segmentation"
HALF = 127  # above it, most of the pixel is lesion


def mask_id(name: str) -> str:
    """Return the image id of a mask, from its file name."""
    return picture_files.image_id(name).removesuffix(SUFFIX)


def read(data: Dataset, folder: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> np.ndarray:
    """Return the masks of all pictures in the data set's order, (n, height, width) uint8, 0-255.

    `folder` holds folders or zip files of masks, or is one of them. The grey of a reduced mask is
    the share of the pixel that the lesion covers.

    Raises:
        OperatorError: a mask is missing or is not a picture.
    """
    containers = picture_files.containers(folder) if folder.is_dir() else [folder]
    masks = [path for path in containers if path == folder or "mask" in path.name.lower()]
    located = cache.locate(masks, mask_id, data.image_ids)
    positions = {image_id: row for row, image_id in enumerate(data.image_ids)}
    read_masks = np.empty((len(data.image_ids), size[1], size[0]), np.uint8)
    with tqdm(total=len(positions), desc="reading masks", unit="mask") as bar:
        for container, files in located.items():
            for file, picture in zip(
                files, picture_files.read_pictures(container, files), strict=True
            ):
                row = positions[mask_id(file)]
                read_masks[row] = _shrunk(container, picture, size, data.frames[row])
                bar.update()
    return read_masks


def _shrunk(
    container: Path, picture: picture_files.Picture, size: tuple[int, int], frame: np.ndarray
) -> np.ndarray:
    """Return the part of a mask that its picture's standard view shows."""
    try:
        with Image.open(picture.stream) as mask:
            left, top, right, bottom = np.rint(frame * (mask.size * 2))
            part = network_input.lying(mask.convert("L").crop((left, top, right, bottom)))
            return np.asarray(part.resize(size, Image.Resampling.BOX))
    except OSError as error:
        raise OperatorError(
            f"{picture.image_id} in {container} is not a picture: download the masks again."
        ) from error
