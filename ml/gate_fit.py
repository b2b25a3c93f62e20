"""Fit the gate: limits of quality from the training photos, and the lesion head."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from ml.augmentation import drawings, random_changes
from ml.data import picture_files
from ml.labels import Kind
from ml.preprocessing import images, network_input
from ml.serving.gate import GateLimits

DRAWINGS = 200
LESIONS = 2000
# Photos far beyond anything in training are refused, not merely unusual ones: other clinics'
# lamps, and darker skin than this data set has, must pass.
DARK_MARGIN = 0.4
DETAIL_MARGIN = 0.5
MAX_BURNT_OUT = 0.3
MIN_SCALE = 1e-4  # of features between 0 and 6


class Head(NamedTuple):
    """A linear score of the backbone's features: features @ weights + bias, a logit."""

    weights: np.ndarray
    bias: float


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


def fit_heads(
    backbone: keras.Model, lesions: Mapping[Kind, np.ndarray], others: np.ndarray
) -> Heads:
    """Return what tells lesions of each kind from others, and the kinds from each other.

    Augmented copies of the lesions widen what counts as one: another clinic's photos are to pass.

    Args:
        backbone: RGB in [0, 255] -> features.
        lesions: of each kind, views (n, 150, 200, 3) uint8.
        others: views of anything else, (n, 150, 200, 3) uint8.
    """
    seen = {
        kind: _widened(backbone, network_input.neutral_light(one)) for kind, one in lesions.items()
    }
    neutral = network_input.neutral_light(others)
    strange = features(backbone, np.concatenate([neutral, neutral[:, :, ::-1]]))
    every = np.concatenate([*seen.values()])
    return Heads(
        # A kind that there are no lesions of is told by those of all kinds.
        lesion=[_fit_head(seen.get(kind, every), strange) for kind in Kind],
        kind=_fit_head(*(seen[kind] for kind in Kind)) if len(seen) == len(Kind) else None,
    )


def _widened(backbone: keras.Model, lesions: np.ndarray) -> np.ndarray:
    augmented = np.asarray(random_changes.augment(lesions, (0, 0)))
    return np.concatenate([features(backbone, lesions), features(backbone, augmented)])


def _fit_head(positive: np.ndarray, negative: np.ndarray) -> Head:
    """Return the head that tells features (n, d) of one class from those of another."""
    x = np.concatenate([positive, negative])
    y = np.repeat([1, 0], (len(positive), len(negative)))
    # A feature that hardly moves would get a weight beyond half precision.
    mean, scale = x.mean(0), np.maximum(x.std(0), MIN_SCALE)
    model = LogisticRegression(C=1e-3, class_weight="balanced", max_iter=1000)
    model.fit((x - mean) / scale, y)
    weights = model.coef_[0] / scale
    return Head(weights, float(model.intercept_[0] - weights @ mean))


def features(backbone: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """Return the backbone's features (n, 1280) of network inputs, (n, 150, 200, 3) in [0, 255]."""
    parts = np.array_split(pixels, max(len(pixels) // 64, 1))
    return np.concatenate([np.asarray(backbone.predict_on_batch(part)) for part in parts])
