"""The decoded data set: one memory-mapped array of standard views and one table beside it."""

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml import ham10000, images, sources, views
from ml.errors import OperatorError
from ml.labels import DIAGNOSES, MELANOMA_INDEX, Diagnosis

IMAGES, INDEX = "images.npy", "index.csv"
# A picture with nothing brighter is no picture.
BLACK = 8
COLUMNS = ("image_id", "lesion_id", "diagnosis", "split", "native_width")


class Entry(NamedTuple):
    """A picture to decode; its diagnosis is empty where only "not melanoma" is known."""

    image_id: str
    lesion_id: str
    diagnosis: str
    split: str


class Dataset(NamedTuple):
    """Rows of the cache. `pixels` is (n, 150, 200, 3) uint8; the others have one entry a row.

    A diagnosis is a position in `labels.DIAGNOSES`, or -1: not melanoma, and more is not known.
    """

    image_ids: list[str]
    pixels: np.ndarray
    diagnoses: np.ndarray
    native_widths: np.ndarray
    splits: np.ndarray
    lesion_ids: np.ndarray

    @property
    def melanoma(self) -> np.ndarray:
        """Whether each picture is a melanoma, (n,) bool."""
        melanoma: np.ndarray = self.diagnoses == MELANOMA_INDEX
        return melanoma

    def rows(self, split: str) -> np.ndarray:
        """Return the row numbers of a split, in the table's order."""
        return np.flatnonzero(self.splits == split)

    def take(self, rows: np.ndarray) -> "Dataset":
        """Return some rows alone, with their pixels in memory."""
        ids, *arrays = self
        return Dataset([ids[row] for row in rows], *(array[rows] for array in arrays))


def write(data: Path, cache: Path, seed: int) -> None:
    """Decode HAM10000 under `data` into `cache`.

    Raises:
        OperatorError: the table or some of its images are missing.
    """
    rows = ham10000.read_metadata(ham10000.find_metadata(data), seed)
    write_entries([Entry(*row) for row in rows], sources.containers(data), sources.image_id, cache)


def write_entries(
    rows: list[Entry], containers: list[Path], name: sources.Naming, cache: Path
) -> None:
    """Decode the pictures of `rows`, found in `containers`, into `cache`.

    Args:
        rows: what to decode, in the order of the cache.
        containers: folders and zip files.
        name: the image id of a file, from its name in its container.
        cache: folder to write.

    Raises:
        OperatorError: some pictures are missing, black or named twice, or a file is none.
    """
    _refuse_twice([row.image_id for row in rows])
    found = locate(containers, name, [row.image_id for row in rows])
    cache.mkdir(parents=True, exist_ok=True)
    partial = cache / "images.partial.npy"
    shape = (len(rows), views.HEIGHT, views.WIDTH, 3)
    pixels = np.lib.format.open_memmap(partial, "w+", np.uint8, shape)
    widths = _decode_all(found, name, [row.image_id for row in rows], pixels)
    pixels.flush()
    _write_index(cache / INDEX, rows, widths)
    # Last, and in one step: a cache that is there is complete.
    partial.replace(cache / IMAGES)


def _refuse_twice(image_ids: list[str]) -> None:
    """Pass a list without repetition: of an image that came twice, one place would stay black."""
    counts = Counter(image_ids)
    twice = [image_id for image_id, count in counts.items() if count > 1]
    if twice:
        raise OperatorError(
            f"{len(twice)} images are named twice (the first: {twice[0]}): name each once."
        )


def locate(containers: list[Path], name: sources.Naming, image_ids: list[str]) -> sources.Found:
    """Return each container with those of its files that are among the images, each image once.

    Raises:
        OperatorError: some images are in no container, or differ between two.
    """
    wanted = set(image_ids)
    found = sources.once(containers, name, wanted)
    missing = sorted(wanted - {name(file) for files in found.values() for file in files})
    if missing:
        raise OperatorError(
            f"{len(missing)} of {len(image_ids)} images are not under {containers[0]} (the first: "
            f"{missing[0]}): put HAM10000's image folders or zip files there."
        )
    return found


def _decode_all(
    found: sources.Found,
    name: sources.Naming,
    image_ids: list[str],
    pixels: np.ndarray,
) -> list[int]:
    """Fill `pixels` with the images' standard views and return their native widths."""
    widths: dict[str, int] = {}
    positions = {image_id: position for position, image_id in enumerate(image_ids)}
    with tqdm(total=len(image_ids), desc="decoding", unit="image") as bar:
        for container, files in found.items():
            pictures = sources.read_pictures(container, files)
            for file, picture in zip(files, pictures, strict=True):
                image = decode(container, picture)
                pixels[positions[name(file)]] = _not_black(container, file, image)
                widths[name(file)] = image.width
                bar.update()
    return [widths[image_id] for image_id in image_ids]


def _not_black(container: Path, file: str, image: Image.Image) -> views.Pixels:
    view = views.standard_view(image)
    if view.max() <= BLACK:
        raise OperatorError(f"{container / file} is all black: download it again.")
    return view


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


def _write_index(path: Path, rows: list[Entry], widths: list[int]) -> None:
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
        np.array([_position(row["diagnosis"]) for row in table]),
        np.array([int(row["native_width"]) for row in table]),
        np.array([row["split"] for row in table]),
        np.array([row["lesion_id"] for row in table]),
    )


def _position(diagnosis: str) -> int:
    return DIAGNOSES.index(Diagnosis(diagnosis)) if diagnosis else -1
