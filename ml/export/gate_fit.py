"""Fits quality limits to `valid` photos, and collects pictures of things other than lesions."""

from contextlib import suppress
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ml.augmentation import drawings
from ml.data import picture_files
from ml.preprocessing import images, network_input
from ml.serving.gate import GateLimits

DRAWINGS = 200
# Only photos of far worse quality than the `valid` photos are refused. Unusual photos must pass,
# such as photos under other clinics' lamps, or of darker skin than in the data sets.
DARK_MARGIN = 0.4
DETAIL_MARGIN = 0.5
MAX_BURNT_OUT = 0.3


def quality_limits(quality: np.ndarray, min_lesion_score: float) -> GateLimits:
    """Return the limits from the quality of n photos, (n, 3), see `gate.Quality`."""
    brightness, _, detail = np.percentile(quality, 0.1, axis=0)
    return GateLimits(
        min_brightness=round(float(brightness) * DARK_MARGIN, 1),
        max_burnt_out=MAX_BURNT_OUT,
        min_detail=round(float(detail) * DETAIL_MARGIN, 2),
        min_lesion_score=min_lesion_score,
    )


def other_views(pictures: Path, first: int, step: int = 2) -> np.ndarray:
    """Return standard views of every `step`th picture, from `first`, (n, 150, 200, 3) uint8.

    Pictures that the decoder refuses are left out, since they never reach the gate.
    """
    names = picture_files.list_names(pictures)[first::step]
    views = []
    for picture in tqdm(picture_files.read_pictures(pictures, names), "decoding", len(names)):
        with suppress(images.ImageError):
            views.append(network_input.framed_view(images.decode(picture.stream)))
    return np.stack(views)


def drawn_views(first: int, count: int | None = None) -> np.ndarray:
    """Return standard views of drawings whose seeds begin at `first`."""
    seeds = range(first, first + (DRAWINGS if count is None else count))
    return np.stack([network_input.standard_view(drawings.draw(seed)) for seed in seeds])
