"""The decoded data set: one memory-mapped array of standard views and one table beside it."""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml import ham10000, images, sources, views
from ml.errors import OperatorError
from ml.labels import DIAGNOSES, Diagnosis

IMAGES, INDEX = "images.npy", "index.csv"
COLUMNS = ("image_id", "lesion_id", "diagnosis", "split", "native_width")


class Dataset(NamedTuple):
    """Rows of the cache. `pixels` is (n, 150, 200, 3) uint8; the others have one entry a row."""

    image_ids: list[str]
    pixels: np.ndarray
    diagnoses: np.ndarray
    native_widths: np.ndarray
    splits: np.ndarray
    lesion_ids: np.ndarray

    def rows(self, split: str) -> np.ndarray:
        """Return the row numbers of a split, in the table's order."""
        return np.flatnonzero(self.splits == split)


def write(data: Path, cache: Path, seed: int) -> None:
    """Decode HAM10000 under `data` into `cache`.

    Raises:
        OperatorError: the table or some of its images are missing.
    """
    rows = ham10000.read_metadata(ham10000.find_metadata(data), seed)
    cache.mkdir(parents=True, exist_ok=True)
    partial = cache / "images.partial.npy"
    shape = (len(rows), views.HEIGHT, views.WIDTH, 3)
    pixels = np.lib.format.open_memmap(partial, "w+", np.uint8, shape)
    widths = _decode_all(data, [row.image_id for row in rows], pixels)
    pixels.flush()
    _write_index(cache / INDEX, rows, widths)
    # Last, and in one step: a cache that is there is complete.
    partial.replace(cache / IMAGES)


def _decode_all(data: Path, image_ids: list[str], pixels: np.ndarray) -> list[int]:
    """Fill `pixels` with the images' standard views and return their native widths."""
    widths: dict[str, int] = {}
    positions = {name: position for position, name in enumerate(image_ids)}
    with tqdm(total=len(image_ids), desc="decoding", unit="image") as bar:
        for container in sources.containers(data):
            names = [n for n in sources.list_names(container) if sources.image_id(n) in positions]
            for picture in sources.read_pictures(container, names):
                image = decode(container, picture)
                pixels[positions[picture.image_id]] = views.standard_view(image)
                widths[picture.image_id] = image.width
                bar.update()
    missing = [name for name in image_ids if name not in widths]
    if missing:
        raise OperatorError(
            f"{len(missing)} of {len(image_ids)} images are not under {data} (the first: "
            f"{missing[0]}): put HAM10000's image folders or zip files there."
        )
    return [widths[name] for name in image_ids]


def decode(container: Path, picture: sources.Picture) -> Image.Image:
    """Return a picture of a data set, upright and RGB.

    Raises:
        OperatorError: it is none; the sentence says which and where.
    """
    try:
        return images.decode(picture.stream)
    except images.ImageError as error:
        raise OperatorError(
            f"{picture.image_id} in {container} cannot be decoded ({error}): download it again."
        ) from error


def _write_index(path: Path, rows: list[ham10000.Row], widths: list[int]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row, width in zip(rows, widths, strict=True):
            writer.writerow([row.image_id, row.lesion_id, row.diagnosis, row.split, width])


def read(cache: Path) -> Dataset:
    """Return the cache that `write` made; the pixels stay on disk until they are used.

    Raises:
        OperatorError: it is not there.
    """
    if not (cache / IMAGES).exists():
        raise OperatorError(f"No decoded data in {cache}: run `python -m ml prepare` first.")
    with (cache / INDEX).open(newline="") as file:
        table = list(csv.DictReader(file))
    return Dataset(
        [row["image_id"] for row in table],
        np.load(cache / IMAGES, mmap_mode="r"),
        np.array([DIAGNOSES.index(Diagnosis(row["diagnosis"])) for row in table]),
        np.array([int(row["native_width"]) for row in table]),
        np.array([row["split"] for row in table]),
        np.array([row["lesion_id"] for row in table]),
    )
