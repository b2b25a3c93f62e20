"""Fit the gate: limits of quality from the training photos, and the lesion head."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from ml.augmentation import drawings, random_changes
from ml.data import picture_files
from ml.data.cache import Dataset
from ml.labels import Kind
from ml.preprocessing import images, network_input
from ml.serving.gate import GateLimits
from ml.training import heads
from ml.training.heads import Examples, Head

DRAWINGS = 200
LESIONS = 2000
# Photos far beyond anything in training are refused, not merely unusual ones: other clinics'
# lamps, and darker skin than this data set has, must pass.
DARK_MARGIN = 0.4
DETAIL_MARGIN = 0.5
MAX_BURNT_OUT = 0.3
STRENGTH = 1e-3  # of the lesion head
BATCH = 16

# What heads see of pictures: RGB in [0, 255], (n, 150, 200, 3) -> (n, d).
Look = Callable[[np.ndarray], np.ndarray]


class Heads(NamedTuple):
    """Whether it is a lesion, for each of `Kind`; whether it is dermoscopic, if that is told."""

    lesion: list[Head]
    kind: Head | None


def quality_limits(quality: np.ndarray, min_lesion_score: float) -> GateLimits:
    """Return the limits from the quality of n photos, (n, 3), see `gate.Quality`."""
    brightness, _, detail = np.percentile(quality, 0.1, axis=0)
    return GateLimits(
        min_brightness=round(float(brightness) * DARK_MARGIN, 1),
        max_burnt_out=MAX_BURNT_OUT,
        min_detail=round(float(detail) * DETAIL_MARGIN, 2),
        min_lesion_score=min_lesion_score,
    )


def other_views(pictures: Path, half: int) -> np.ndarray:
    """Return every second picture's standard view, (n, 150, 200, 3) uint8; `half` is 0 or 1.

    Pictures that the decoder refuses never reach the gate, and are left out.
    """
    names = picture_files.list_names(pictures)[half::2]
    found = []
    for picture in tqdm(picture_files.read_pictures(pictures, names), "decoding", len(names)):
        with suppress(images.ImageError):
            found.append(network_input.framed_view(images.decode(picture.stream)))
    return np.stack(found)


def drawn_views(first: int) -> np.ndarray:
    """Return standard views of drawings with seeds from `first` on."""
    seeds = range(first, first + DRAWINGS)
    return np.stack([network_input.standard_view(drawings.draw(seed)) for seed in seeds])


def fit_heads(look: Look, data: Dataset, others: np.ndarray) -> Heads:
    """Return what tells lesions of each kind from others, and the kinds from each other.

    Args:
        look: what heads see of pictures, RGB in [0, 255] -> (n, d).
        data: pictures of all splits; the test split is not looked at.
        others: views of anything else, (n, 150, 200, 3) uint8.
    """
    neutral = network_input.neutral_light(others)
    strange = features(look, np.concatenate([neutral, neutral[:, :, ::-1]]))
    seen = {kind: _widened(look, network_input.neutral_light(one)) for kind, one in _lesions(data)}
    every = np.concatenate([*seen.values()])
    return Heads(
        # A kind that there are no lesions of is told by those of all kinds.
        lesion=[_lesion_head(seen.get(kind, every), strange) for kind in Kind],
        kind=kind_head(look, data),
    )


def kind_head(look: Look, data: Dataset) -> Head | None:
    """Return the head that tells dermoscopic photos from a camera's, if there are both.

    It is fitted to all pictures of the train split. Sources count alike in their kind: else
    HAM10000's dermatoscopes stand for all.
    """
    train, valid = (_kinds(look, data, split) for split in ("train", "valid"))
    if len(np.unique(train.classes)) < len(Kind):
        return None
    is_enough = len(np.unique(valid.classes)) == len(Kind)
    return heads.fit(train, valid if is_enough else train)


def _kinds(look: Look, data: Dataset, split: str) -> Examples:
    rows = data.rows(split)
    is_dermoscopic = (data.kinds[rows] == Kind.DERMOSCOPIC).astype(int)
    return Examples(rows_seen(look, data, rows), is_dermoscopic, data.sources[rows])


def rows_seen(look: Look, data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return what heads see of some pictures, (n, d): of every second one, turned by half."""
    parts = tqdm(np.array_split(rows, max(len(rows) // BATCH, 1)), "looking", unit="batch")
    return np.concatenate([look(_half_turned(data.pixels[part])) for part in parts])


def _half_turned(pixels: np.ndarray) -> np.ndarray:
    neutral = network_input.neutral_light(pixels)
    neutral[1::2] = neutral[1::2, ::-1, ::-1].copy()
    return neutral


def _lesions(data: Dataset) -> Iterator[tuple[Kind, np.ndarray]]:
    """Yield each kind of photo with some of its training views."""
    for kind in Kind:
        rows = np.flatnonzero((data.splits == "train") & (data.kinds == kind))
        if len(rows):
            yield kind, data.pixels[rows[:: len(rows) // LESIONS + 1]]


def _widened(look: Look, lesions: np.ndarray) -> np.ndarray:
    """Return what heads see of lesions and of augmented ones: another clinic's are to pass."""
    augmented = np.asarray(random_changes.augment(lesions, (0, 0)))
    return np.concatenate([features(look, lesions), features(look, augmented)])


def _lesion_head(positive: np.ndarray, negative: np.ndarray) -> Head:
    examples = Examples(
        np.concatenate([positive, negative]),
        np.repeat([1, 0], (len(positive), len(negative))),
        np.full(len(positive) + len(negative), ""),
    )
    return heads.fit_at(examples, STRENGTH)


def features(look: Look, pixels: np.ndarray) -> np.ndarray:
    """Return what heads see of network inputs, (n, 150, 200, 3) in [0, 255]."""
    parts = np.array_split(pixels, max(len(pixels) // BATCH, 1))
    return np.concatenate([look(part) for part in parts])
