"""Writes class folders by the protocol of the write-up (see docs/training.md), including its leak.

Melanomas are first multiplied by augmentation and then split image by image, so that copies of a
lesion are in several splits. Besides, only copies of melanomas are resampled and compressed again,
and the traces reveal the class. Figures measured on these folders can be compared with the
write-up's, but say nothing about new patients.
"""

import math
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.data import cache, class_folders, ham10000, picture_files
from ml.errors import OperatorError
from ml.labels import Diagnosis

SHARE = 0.2  # share of the pictures in `valid`, and in `test`
QUALITY = 95


class Copy(NamedTuple):
    """A picture of the class folders: the photo itself (number 0) or an augmented copy."""

    image_id: str
    number: int

    @property
    def file_name(self) -> str:
        return f"{self.image_id}_copy{self.number}.jpg" if self.number else f"{self.image_id}.jpg"


def write(data: Path, folder: Path, seed: int) -> None:
    """Write the HAM10000 pictures in `data` as class folders, by the write-up's protocol.

    The full set gives 10,682 / 3,562 / 3,561 pictures in `train`, `valid` and `test`. Half of each
    split are melanomas. The same seed gives the same files.

    Raises:
        OperatorError: the folder is not empty, or the table or some of its images are missing.
    """
    if folder.exists() and any(folder.iterdir()):
        raise OperatorError(f"{folder} is not empty: give a new folder.")
    rows = ham10000.read_metadata(ham10000.find_metadata(data), seed)
    places = split(*multiply(rows, seed), seed)
    located = cache.locate(picture_files.containers(data), picture_files.image_id, list(places))
    for name in class_folders.FOLDERS:
        (folder / name).mkdir(parents=True)
    with tqdm(total=len(places), desc="writing", unit="image") as bar:
        for container, names in located.items():
            for picture in picture_files.read_pictures(container, names):
                for copy, place in places[picture.image_id].items():
                    _write_copy(container, picture, folder / place / copy.file_name, copy, seed)
                bar.update()


def multiply(rows: list[ham10000.Row], seed: int) -> tuple[list[Copy], list[Copy]]:
    """Return every melanoma often enough to balance the classes, and every other picture once.

    Excess copies of melanomas are dropped at random.
    """
    others = [Copy(row.image_id, 0) for row in rows if row.diagnosis != Diagnosis.MEL]
    photos = [row.image_id for row in rows if row.diagnosis == Diagnosis.MEL]
    times = max(1, round(len(others) / max(len(photos), 1)))
    melanomas = [Copy(name, number) for name in photos for number in range(times)]
    kept = np.random.default_rng(seed).permutation(len(melanomas))[: len(others) + 1]
    return [melanomas[position] for position in sorted(kept)], others


def split(melanomas: list[Copy], others: list[Copy], seed: int) -> dict[str, dict[Copy, str]]:
    """Return each photo's copies with their class folders, split 60/20/20 at random, by image."""
    generator = np.random.default_rng((seed, 1))
    places: dict[str, dict[Copy, str]] = {}
    for name, copies in zip(class_folders.DIAGNOSES, (melanomas, others), strict=True):
        test = round(len(copies) * SHARE)
        valid = test + math.ceil(len(copies) * SHARE)
        for rank, position in enumerate(generator.permutation(len(copies))):
            part = "test" if rank < test else "valid" if rank < valid else "train_sep"
            copy = copies[position]
            places.setdefault(copy.image_id, {})[copy] = f"{part}/{name}"
    return places


def _write_copy(
    container: Path, picture: picture_files.Picture, target: Path, copy: Copy, seed: int
) -> None:
    picture.stream.seek(0)
    if not copy.number:
        target.write_bytes(picture.stream.read())
        return
    # Only the copies need TensorFlow, which takes seconds to load.
    from ml.augmentation import random_changes

    pixels = np.asarray(cache.decode(container, picture))[None]
    # The changes of a copy do not depend on the order of writing. A seed has 31 bits.
    drawn = (seed, zlib.crc32(copy.file_name.encode()) >> 1)
    changed = np.asarray(random_changes.augment(pixels, drawn, random_changes.ORIGINAL))[0]
    Image.fromarray(changed.round().astype(np.uint8)).save(target, quality=QUALITY)
