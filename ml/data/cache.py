"""The decoded data sets: a memory-mapped array of standard views, and a table beside it."""

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.data import catalogue, picture_files
from ml.data.entries import HAM10000, Entry
from ml.data.ground_truth import BENIGN, NOT_MELANOMA
from ml.errors import OperatorError
from ml.labels import DIAGNOSES, MALIGNANT, MELANOMA_INDEX, OTHER, Diagnosis
from ml.preprocessing import images, network_input

IMAGES, INDEX = "images.npy", "index.csv"
# A picture in which nothing is brighter than this counts as black.
BLACK = 8
MALIGNANT_INDICES = [DIAGNOSES.index(diagnosis) for diagnosis in MALIGNANT]


class Size(NamedTuple):
    """A picture's width in px, and the box that its view shows, as shares of the sides."""

    native_width: int
    left: float
    top: float
    right: float
    bottom: float


COLUMNS = (*Entry._fields, *Size._fields)


class Dataset(NamedTuple):
    """Rows of the cache. `pixels` is (n, 150, 200, 3) uint8; the other fields have one entry a row.

    A diagnosis is a position in `labels.DIAGNOSES`, or `ground_truth.NOT_MELANOMA` (nothing more is
    known), or `ground_truth.BENIGN` (benign, none of the eight). `Entry` explains the fields that
    hold text.
    """

    image_ids: list[str]
    pixels: np.ndarray
    diagnoses: np.ndarray
    native_widths: np.ndarray
    splits: np.ndarray
    lesion_ids: np.ndarray
    sources: np.ndarray
    kinds: np.ndarray
    groups: np.ndarray
    frames: np.ndarray  # (n, 4): left, top, right, bottom of what the view shows, as in `Size`

    @property
    def melanoma(self) -> np.ndarray:
        """Whether each picture is a melanoma, (n,) bool."""
        melanoma: np.ndarray = self.diagnoses == MELANOMA_INDEX
        return melanoma

    @property
    def cancer(self) -> np.ndarray:
        """Whether each picture is known to be cancer, (n,) bool.

        False for NOT_MELANOMA, although such a picture may show a cancer other than melanoma.
        """
        cancer: np.ndarray = np.isin(self.diagnoses, MALIGNANT_INDICES)
        return cancer

    def of(self, source: str) -> "Dataset":
        """Return the pictures of one source, which are contiguous. Pixels stay on disk."""
        rows = np.flatnonzero(self.sources == source)
        ids, *arrays = self
        of_source = slice(rows[0], rows[-1] + 1) if len(rows) else slice(0)
        return Dataset(ids[of_source], *(array[of_source] for array in arrays))

    def rows(self, split: str) -> np.ndarray:
        """Return the row numbers of a split, in the table's order."""
        return np.flatnonzero(self.splits == split)

    def take(self, rows: np.ndarray) -> "Dataset":
        """Return the given rows, with their pixels in memory."""
        ids, *arrays = self
        return Dataset([ids[row] for row in rows], *(array[rows] for array in arrays))


def write(data: Path, cache: Path, seed: int) -> list[Entry]:
    """Decode every data set under `data` into `cache`, and return an entry for each picture.

    Raises:
        OperatorError: a table or some of its pictures are missing.
    """
    sets = catalogue.find(data, seed)
    write_sets(
        [(data_set.entries, data_set.containers) for data_set in sets],
        picture_files.image_id,
        cache,
    )
    return [entry for data_set in sets for entry in data_set.entries]


def write_sets(
    sets: list[tuple[list[Entry], list[Path]]], name: picture_files.Naming, cache: Path
) -> None:
    """Decode pictures from the folders and zip files of each set into `cache`.

    Args:
        sets: the sets to decode, in the order of the cache, with their folders and zip files.
        name: returns the image id of a file from its name in the folder or zip.
        cache: folder to write.

    Raises:
        OperatorError: some pictures are missing, black or named twice, or a file is not a
            picture.
    """
    ids = [[entry.image_id for entry in entries] for entries, _ in sets]
    _refuse_twice([image_id for image_ids in ids for image_id in image_ids])
    located = [
        locate(where, name, image_ids) for (_, where), image_ids in zip(sets, ids, strict=True)
    ]
    rows = [entry for entries, _ in sets for entry in entries]
    cache.mkdir(parents=True, exist_ok=True)
    partial = cache / "images.partial.npy"
    shape = (len(rows), network_input.HEIGHT, network_input.WIDTH, 3)
    pixels = np.lib.format.open_memmap(partial, "w+", np.uint8, shape)
    sizes: list[Size] = []
    with tqdm(total=len(rows), desc="decoding", unit="image") as bar:
        for files, names in zip(located, ids, strict=True):
            sizes += _decode_all(files, name, names, pixels[len(sizes) :], bar)
    pixels.flush()
    # A cache that has this file is complete. So the earlier file goes before the index changes, and
    # the new one comes last, and atomically.
    (cache / IMAGES).unlink(missing_ok=True)
    _write_index(cache / INDEX, rows, sizes)
    partial.replace(cache / IMAGES)


def _refuse_twice(image_ids: list[str]) -> None:
    """Raise if an image is listed twice, since one of its two rows could stay black."""
    counts = Counter(image_ids)
    twice = [image_id for image_id, count in counts.items() if count > 1]
    if twice:
        raise OperatorError(
            f"{len(twice)} images are named twice (the first: {twice[0]}): name each once."
        )


def locate(
    containers: list[Path], name: picture_files.Naming, image_ids: list[str]
) -> picture_files.FilesByContainer:
    """Return one file for each image, grouped by folder or zip.

    Raises:
        OperatorError: an image is in no folder or zip, or two different files have its name.
    """
    ids = set(image_ids)
    located = picture_files.locate_images(containers, name, ids)
    missing = sorted(ids - {name(file) for files in located.values() for file in files})
    if missing:
        raise OperatorError(
            f"{len(missing)} of {len(image_ids)} images are not under {containers[0]} (the first: "
            f"{missing[0]}): put the data set's image folders or zip files there."
        )
    return located


def _decode_all(
    located: picture_files.FilesByContainer,
    name: picture_files.Naming,
    image_ids: list[str],
    pixels: np.ndarray,
    bar: tqdm,
) -> list[Size]:
    """Write the images' standard views to the start of `pixels`, and return their sizes."""
    sizes: dict[str, Size] = {}
    positions = {image_id: position for position, image_id in enumerate(image_ids)}
    for container, files in located.items():
        pictures = picture_files.read_pictures(container, files)
        for file, picture in zip(files, pictures, strict=True):
            image = decode(container, picture)
            frame = network_input.frame(image)
            pixels[positions[name(file)]] = _not_black(container, file, image.crop(frame))
            sizes[name(file)] = Size(image.width, *np.divide(frame, image.size * 2))
            bar.update()
    return [sizes[image_id] for image_id in image_ids]


def _not_black(container: Path, file: str, image: Image.Image) -> network_input.Pixels:
    view = network_input.standard_view(image)
    if view.max() <= BLACK:
        raise OperatorError(f"{container / file} is all black: download it again.")
    return view


def decode(container: Path, picture: picture_files.Picture) -> Image.Image:
    """Return a picture of a data set, upright and RGB.

    Raises:
        OperatorError: the file is not a picture; the message names the fault and the file.
    """
    try:
        return images.decode(picture.stream)
    except images.ImageError as error:
        raise OperatorError(
            f"{picture.image_id} in {container} cannot be decoded ({error}): download it again."
        ) from error


def _write_index(path: Path, rows: list[Entry], sizes: list[Size]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row, size in zip(rows, sizes, strict=True):
            writer.writerow([*row, *size])


def read(cache: Path) -> Dataset:
    """Return the cache that `write` made; the pixels stay on disk until they are used.

    Raises:
        OperatorError: there is no cache, or an older version wrote it.
    """
    if not (cache / IMAGES).exists():
        raise OperatorError(f"No decoded data in {cache}: run `python -m ml prepare` first.")
    with (cache / INDEX).open(newline="") as file:
        table = list(csv.DictReader(file))
    if not table or not table[0].keys() >= set(COLUMNS):
        raise OperatorError(f"{cache} was written by an older version: run `python -m ml prepare`.")

    def column(name: str) -> np.ndarray:
        return np.array([row[name] for row in table])

    return Dataset(
        image_ids=[row["image_id"] for row in table],
        pixels=np.load(cache / IMAGES, mmap_mode="r"),
        diagnoses=np.array([_position(row["diagnosis"]) for row in table]),
        native_widths=column("native_width").astype(int),
        splits=column("split"),
        lesion_ids=column("lesion_id"),
        sources=column("source"),
        kinds=column("kind"),
        groups=np.array([row["group"] or row["lesion_id"] for row in table]),
        frames=np.array([[row[side] for side in Size._fields[1:]] for row in table], float),
    )


def read_ham10000(cache: Path) -> Dataset:
    """Return HAM10000's pictures, the only ones in the write-up, and the only ones with masks.

    Raises:
        OperatorError: there is no cache, or it holds no picture of HAM10000.
    """
    data = read(cache).of(HAM10000)
    if not data.image_ids:
        raise OperatorError(f"{cache} holds no picture of HAM10000: run `python -m ml prepare`.")
    return data


def _position(diagnosis: str) -> int:
    if diagnosis == OTHER:
        return BENIGN
    return DIAGNOSES.index(Diagnosis(diagnosis)) if diagnosis else NOT_MELANOMA
