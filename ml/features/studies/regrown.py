"""Simulates a photo of another day, with the lesion larger by a known factor."""

from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from skimage.transform import AffineTransform, warp

SEAM = 1.5  # px, between the enlarged lesion and the skin


class Day(NamedTuple):
    """The conditions of the second photo."""

    zoom: float
    turn: float  # degrees
    shear: float  # a tilted camera shortens one side by this share
    light: tuple[float, float, float]  # gains of red, green and blue
    quality: int  # JPEG quality


DAYS = (
    Day(1.0, 12.0, 0.0, (1.0, 1.0, 1.0), 85),
    Day(0.8, -6.0, 0.03, (0.85, 0.85, 0.9), 90),
    Day(1.15, 4.0, 0.06, (1.05, 1.0, 0.9), 80),
)


def photographed(picture: Image.Image, day: Day, seed: int) -> tuple[Image.Image, AffineTransform]:
    """Return the new photo, and the transform of the first photo's points, in pixels."""
    middle = np.array(picture.size) / 2
    move = AffineTransform(
        scale=(day.zoom, day.zoom * (1 - day.shear)), rotation=np.deg2rad(day.turn)
    )
    transform = AffineTransform(translation=-middle) + move + AffineTransform(translation=middle)
    pixels = warp(np.asarray(picture) / 255, transform.inverse, order=3, mode="edge") * day.light
    pixels += np.random.default_rng(seed).normal(0, 0.01, pixels.shape)
    file = BytesIO()
    stored = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    stored.save(file, "JPEG", quality=day.quality)
    return Image.open(file).convert("RGB"), transform


def enlarged(picture: Image.Image, outline: np.ndarray, area: float) -> Image.Image:
    """Return the photo with its lesion's area enlarged by a factor. The skin around it stays.

    Args:
        picture: RGB.
        outline: the lesion's outline, (m, 2), x and y in pixels.
        area: the factor, 1 or more, up to about 2.
    """
    centre, factor = outline.mean(0), float(np.sqrt(area))
    grow = (
        AffineTransform(translation=-centre)
        + AffineTransform(scale=factor)
        + AffineTransform(translation=centre)
    )
    covered = Image.new("L", picture.size)
    ImageDraw.Draw(covered).polygon([tuple(point) for point in grow(outline)], fill=255)
    larger = warp(np.asarray(picture) / 255, grow.inverse, order=3, mode="edge")
    lesion = Image.fromarray((np.clip(larger, 0, 1) * 255).astype(np.uint8))
    return Image.composite(lesion, picture, covered.filter(ImageFilter.GaussianBlur(SEAM)))
