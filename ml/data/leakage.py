"""Find leakage: a lesion in two splits, or one picture under two names.

A network recognises a picture that it was trained on, or another view of the same lesion. A figure
measured on either says nothing about a new patient.
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

# Measured on HAM10000. A picture saved again (JPEG of quality 30, at half the size, turned,
# brightened) stays within 7 of the 64 bits. But so do thousands of pairs of different dark spots on
# even skin: 6,010 across the splits within 8. Fine detail tells them apart: in those it correlates
# at most at 0.35, in different lesions with black borders at 0.43, in copies of quality 60 at least
# at 0.64 and in 997 of 1,000 of quality 30 above 0.55.
MAX_DISTANCE = 8
MIN_CORRELATION = 0.55
BLOCK = 64


class Pictures(NamedTuple):
    """The audited pictures, one entry each.

    `greys` is (n, 32, 32) float32 in [0, 255]; a lesion that is not known is an empty text.
    """

    names: list[str]
    splits: np.ndarray
    lesions: np.ndarray
    greys: np.ndarray


class Leak(NamedTuple):
    """Two pictures on either side of a split, and why that must not be."""

    first: str
    second: str
    reason: str

    def __str__(self) -> str:
        return f"{self.first} and {self.second}: {self.reason}"


def from_cache(data: cache.Dataset) -> Pictures:
    """Return the pictures of the cache that `prepare` wrote."""
    greys = [_grey(view) for view in tqdm(data.pixels, desc="comparing", unit="image")]
    return Pictures(data.image_ids, data.splits, data.groups, np.stack(greys))


def from_class_folders(folder: Path) -> Pictures:
    """Return the pictures under train_sep, valid and test, each with Melanoma and NotMelanoma.

    Their names are paths below `folder`. Files with one ISIC identifier in their names
    (ISIC_0024306.jpg, ISIC_0024306_turned.jpg) count as one lesion: such are augmented copies.

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
    # A square: turned by a right angle it has the same shape.
    small = Image.fromarray(view).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float32)


def find_leaks(pictures: Pictures) -> list[Leak]:
    """Return every shared lesion and every near-duplicate across splits.

    A near-duplicate is the same picture in any of its eight orientations, perhaps resized or
    compressed anew. An augmented copy that was also cropped or turned by another angle may escape.
    """
    pairs = [(row, other, "the same lesion") for row, other in _shared_lesions(pictures)]
    pairs += [(row, other, "the same picture") for row, other in _near_duplicates(pictures)]
    titles = [f"{n} ({s})" for n, s in zip(pictures.names, pictures.splits, strict=True)]
    return [Leak(titles[row], titles[other], reason) for row, other, reason in pairs]


def find_black(pictures: Pictures) -> list[str]:
    """Return the names of pictures that are all black: they have a label, and show nothing."""
    black = pictures.greys.max((1, 2)) <= cache.BLACK
    return [pictures.names[row] for row in np.flatnonzero(black)]


def refuse_leaks(data: cache.Dataset) -> None:
    """Check that the splits have nothing in common.

    Raises:
        OperatorError: they share a lesion or a picture; the first pair is named.
    """
    leaks = find_leaks(from_cache(data))
    if leaks:
        raise OperatorError(
            f"The splits leak ({len(leaks)} pairs, the first: {leaks[0]}): see `python -m ml "
            "audit`, or give --leaky-protocol if the figures are not meant for new patients."
        )


def _shared_lesions(pictures: Pictures) -> Iterator[tuple[int, int]]:
    """Yield each picture of a lesion that is in another split than the lesion's first picture."""
    firsts: dict[str, int] = {}
    for row, lesion in enumerate(pictures.lesions):
        first = firsts.setdefault(lesion, row)
        if lesion and pictures.splits[first] != pictures.splits[row]:
            yield first, row


def _near_duplicates(pictures: Pictures) -> Iterator[tuple[int, int]]:
    hashes = np.stack([perceptual_hash(turned) for turned in _orientations(pictures.greys)])
    details = _fine_detail(pictures.greys)
    for one, other in combinations(dict.fromkeys(pictures.splits), 2):
        left = np.flatnonzero(pictures.splits == one)
        right = np.flatnonzero(pictures.splits == other)
        for block in np.array_split(right, len(right) // BLOCK + 1):
            first, second = _similar(hashes, left, block)
            same = _correlation(details[first], details[second]) >= MIN_CORRELATION
            yield from zip(first[same], second[same], strict=True)


def _similar(
    hashes: np.ndarray, left: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of pairs with few different bits in some orientation."""
    near = np.zeros((len(left), len(right)), bool)
    for turned in hashes:
        near |= np.bitwise_count(turned[left, None] ^ hashes[0, right]) <= MAX_DISTANCE
    first, second = np.nonzero(near)
    return left[first], right[second]


def perceptual_hash(greys: np.ndarray) -> np.ndarray:
    """Return 64 bits a picture, (n,) uint64, from greys (n, 32, 32): alike for like pictures.

    The signs of the 8 x 8 lowest frequencies of the cosine transform (DCT-II), as in Zauner,
    "Implementation and benchmarking of perceptual image hash functions", 2010; but compared with
    zero, not with their median, which brightness moves. The mean, bit 0, is left out.
    """
    angles = np.outer(np.arange(FREQUENCIES), np.arange(SIDE) + 0.5) * np.pi / SIDE
    basis = np.cos(angles).astype(np.float32)
    signs = (basis @ greys @ basis.T > 0).reshape(len(greys), -1)
    signs[:, 0] = False
    return np.packbits(signs, axis=1).view(np.uint64)[:, 0]


def _orientations(squares: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the squares (n, s, s) turned by right angles, as they are first, then mirrored too."""
    for side in (squares, squares[..., ::-1]):
        for turns in range(4):
            yield np.rot90(side, turns, (-2, -1))


def _fine_detail(greys: np.ndarray) -> np.ndarray:
    """Return the Laplacian of each picture, (n, 30, 30), with mean 0 and length 1.

    It leaves out what dermoscopic pictures have in common: a dark middle and even skin. Peaks are
    cut, or two lesions with the same black border would be the same picture.
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
