"""Finds leakage: a lesion in two splits, or one picture under two names.

A network recognises a picture that it was trained on, and other views of the same lesion. Figures
measured on pictures that it recognises say nothing about new patients.
"""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.data import cache, class_folders, picture_files
from ml.errors import OperatorError
from ml.preprocessing import network_input

CLASS_FOLDERS = class_folders.FOLDERS
SIDE, FREQUENCIES = 32, 8

# Measured on HAM10000. A copy (JPEG of quality 30, half the size, turned, brightened) differs from
# its original in at most 7 of the 64 bits. But dark spots on even skin differ as little from each
# other: 6,010 pairs of different spots across the splits differ in at most 8 bits. Their fine
# detail distinguishes them from copies. The correlation of fine detail is
# - at most 0.35 for these pairs,
# - at most 0.43 for different lesions with black borders,
# - at least 0.64 for copies of quality 60,
# - above 0.55 for 997 of 1,000 copies of quality 30.
MAX_DISTANCE = 8
MIN_CORRELATION = 0.55
BLOCK = 64


class Pictures(NamedTuple):
    """The audited pictures. Each field has one entry for each picture.

    `greys` is (n, 32, 32) float32 in [0, 255]. An unknown lesion is an empty text.
    """

    names: list[str]
    splits: np.ndarray
    lesions: np.ndarray
    greys: np.ndarray


class Leak(NamedTuple):
    """Two pictures in different splits, and the reason why they leak."""

    first: str
    second: str
    reason: str

    def __str__(self) -> str:
        return f"{self.first} and {self.second}: {self.reason}"


def from_cache(data: cache.Dataset) -> Pictures:
    """Return the pictures of the cache that `prepare` wrote.

    Their `lesions` are the cache's groups: the patient, or the lesion if the patient is unknown.
    """
    greys = [_grey(view) for view in tqdm(data.pixels, desc="comparing", unit="image")]
    return Pictures(data.image_ids, data.splits, data.groups, np.stack(greys))


def from_class_folders(folder: Path) -> Pictures:
    """Return the pictures under train_sep, valid and test, each with Melanoma and NotMelanoma.

    Names are paths below `folder`. Files with the same ISIC identifier in their names
    (ISIC_0024306.jpg, ISIC_0024306_turned.jpg) count as one lesion, since they are augmented
    copies.

    Raises:
        OperatorError: one of the six folders is missing or empty, or a file is not a picture.
    """
    names: list[str] = []
    greys: list[np.ndarray] = []
    class_folders.check(folder)
    for name in CLASS_FOLDERS:
        files = picture_files.list_names(folder / name)
        names += [f"{name}/{file}" for file in files]
        greys += _read_greys(folder / name, files)
    splits = np.array([name.split("/")[0] for name in names])
    lesions = np.array([class_folders.lesion(name) for name in names])
    return Pictures(names, splits, lesions, np.stack(greys))


def _read_greys(folder: Path, files: list[str]) -> Iterator[np.ndarray]:
    pictures = picture_files.read_pictures(folder, files)
    for picture in tqdm(pictures, desc=folder.name, total=len(files), unit="image"):
        yield _grey(network_input.standard_view(cache.decode(folder, picture)))


def _grey(view: network_input.Pixels) -> np.ndarray:
    # Square, since a square keeps its shape when turned by a right angle.
    small = Image.fromarray(view).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float32)


def find_leaks(pictures: Pictures) -> list[Leak]:
    """Return every shared lesion and every near-duplicate across splits.

    A near-duplicate is the same picture in one of eight orientations, perhaps resized or compressed
    again. Augmented copies that were also cropped, or turned by other angles, may be missed.
    """
    pairs = [(row, other, "the same lesion") for row, other in _shared_lesions(pictures)]
    pairs += [(row, other, "the same picture") for row, other in _near_duplicates(pictures)]
    titles = [f"{n} ({s})" for n, s in zip(pictures.names, pictures.splits, strict=True)]
    return [Leak(titles[row], titles[other], reason) for row, other, reason in pairs]


def find_black(pictures: Pictures) -> list[str]:
    """Return the names of black pictures, which have a label and show nothing."""
    black = pictures.greys.max((1, 2)) <= cache.BLACK
    return [pictures.names[row] for row in np.flatnonzero(black)]


def refuse_leaks(data: cache.Dataset) -> None:
    """Check that the splits have nothing in common.

    Raises:
        OperatorError: the splits share a lesion or a picture; the message names the first pair.
    """
    leaks = find_leaks(from_cache(data))
    if leaks:
        raise OperatorError(
            f"The splits leak ({len(leaks)} pairs, the first: {leaks[0]}): see `python -m ml "
            "audit`, or give --leaky-protocol if the figures are not meant for new patients."
        )


def _shared_lesions(pictures: Pictures) -> Iterator[tuple[int, int]]:
    """Yield a lesion's first picture with each of its pictures in another split."""
    firsts: dict[str, int] = {}
    for row, lesion in enumerate(pictures.lesions):
        first = firsts.setdefault(lesion, row)
        if lesion and pictures.splits[first] != pictures.splits[row]:
            yield first, row


def _near_duplicates(pictures: Pictures) -> Iterator[tuple[int, int]]:
    hashes = np.stack([perceptual_hash(turned) for turned in _orientations(pictures.greys)])
    details = _fine_detail(pictures.greys)
    for split, other in combinations(dict.fromkeys(pictures.splits), 2):
        left = np.flatnonzero(pictures.splits == split)
        right = np.flatnonzero(pictures.splits == other)
        for block in np.array_split(right, len(right) // BLOCK + 1):
            first, second = _similar(hashes, left, block)
            same = _correlation(details[first], details[second]) >= MIN_CORRELATION
            yield from zip(first[same], second[same], strict=True)


def _similar(
    hashes: np.ndarray, left: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of pairs whose hashes differ in few bits in some orientation."""
    near = np.zeros((len(left), len(right)), bool)
    for turned in hashes:
        near |= np.bitwise_count(turned[left, None] ^ hashes[0, right]) <= MAX_DISTANCE
    first, second = np.nonzero(near)
    return left[first], right[second]


def perceptual_hash(greys: np.ndarray) -> np.ndarray:
    """Return a 64-bit hash for each picture, (n,) uint64, from greys (n, 32, 32).

    Similar pictures share most bits.

    The bits are the signs of the 8 x 8 lowest frequencies of the cosine transform (DCT-II), after
    Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010. Zauner
    compares the frequencies with their median. Here they are compared with zero, since the median
    depends on brightness. Bit 0, for the mean, is always 0.
    """
    angles = np.outer(np.arange(FREQUENCIES), np.arange(SIDE) + 0.5) * np.pi / SIDE
    basis = np.cos(angles).astype(np.float32)
    signs = (basis @ greys @ basis.T > 0).reshape(len(greys), -1)
    signs[:, 0] = False
    return np.packbits(signs, axis=1).view(np.uint64)[:, 0]


def _orientations(squares: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the squares (n, s, s) turned by right angles, then their mirror images."""
    for side in (squares, squares[..., ::-1]):
        for turns in range(4):
            yield np.rot90(side, turns, (-2, -1))


def _fine_detail(greys: np.ndarray) -> np.ndarray:
    """Return the Laplacian of each picture, (n, 30, 30), with mean 0 and length 1.

    The Laplacian removes what dermoscopic pictures share: a dark middle and even skin. Peaks are
    clipped: otherwise two lesions with the same black border would count as one picture.
    """
    middle = greys[:, 1:-1, 1:-1]
    across = greys[:, 1:-1, :-2] + greys[:, 1:-1, 2:]
    detail = 4 * middle - across - greys[:, :-2, 1:-1] - greys[:, 2:, 1:-1]
    limit = np.maximum(2 * np.median(np.abs(detail), (1, 2), keepdims=True), 1)
    detail = np.clip(detail, -limit, limit)
    detail -= detail.mean((1, 2), keepdims=True)
    length = np.sqrt(np.square(detail).sum((1, 2), keepdims=True))
    normal: np.ndarray = detail / np.maximum(length, 1e-6)
    return normal


def _correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the correlation of each pair of fine details in its best orientation, (n,)."""
    turned = [np.einsum("nij,nij->n", view, second) for view in _orientations(first)]
    best: np.ndarray = np.max(turned, axis=0)
    return best
