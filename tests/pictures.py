"""Generated pictures that look like dermoscopy, to people and to the input gate."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SMALL = (300, 225)


def dermoscopy_like(seed, size=(1200, 900)):
    """Return a brown, irregular spot on light skin with a few hairs, RGB."""
    return _drawn(seed, size).copy()


# Many tests use the same few pictures.
@lru_cache(maxsize=32)
def _drawn(seed, size):
    random = np.random.default_rng(seed)
    skin = np.array([218, 172, 158]) + random.integers(-10, 11, 3)
    pigment = np.array([104, 64, 50]) + random.integers(-15, 16)
    depth = spot(random)[..., None] * (0.75 + 0.25 * texture(random, 12)[..., None])
    pixels = skin + depth * (pigment - skin) + 7 * texture(random, 5)[..., None]
    pixels += random.normal(0, 3, pixels.shape)
    picture = Image.fromarray(pixels.clip(0, 255).astype("uint8"))
    picture = picture.resize(size, Image.Resampling.BICUBIC)
    draw_hairs(picture, random)
    return picture.filter(ImageFilter.GaussianBlur(size[0] / 1200))


def spot(random):
    """Return the share of pigment, 0-1: an ellipse with a wavy, soft border."""
    width, height = SMALL
    y, x = np.mgrid[:height, :width]
    x = (x - width / 2 - random.uniform(-15, 15)) / (width * random.uniform(0.18, 0.28))
    y = (y - height / 2 - random.uniform(-10, 10)) / (height * random.uniform(0.2, 0.32))
    angle = np.arctan2(y, x)
    waves = sum(
        random.uniform(0.02, 0.08) * np.sin(n * angle + random.uniform(0, 7)) for n in range(2, 8)
    )
    distance = np.hypot(x, y) * (1 + waves) + 0.06 * texture(random, 8)
    return 1 / (1 + np.exp((distance - 1) * 12))


def texture(random, cell):
    """Return smooth noise of about unit spread, with structures `cell` pixels wide."""
    width, height = SMALL
    coarse = random.normal(0, 1, (height // cell + 2, width // cell + 2)).astype("float32")
    return np.asarray(Image.fromarray(coarse).resize(SMALL, Image.Resampling.BICUBIC))


def draw_hairs(picture, random):
    pen = ImageDraw.Draw(picture)
    width, height = picture.size
    for _ in range(random.integers(2, 7)):
        x, y = random.uniform(0, width), random.uniform(0, height)
        across, along = random.uniform(-0.3, 0.3) * width, random.uniform(0.2, 0.5) * height
        bend = random.uniform(-0.08, 0.08) * width
        steps = np.linspace(0, 1, 30)
        points = zip(
            x + across * steps + bend * steps * (1 - steps), y + along * steps, strict=True
        )
        pen.line(list(points), (70, 50, 45), max(width // 400, 1), "curve")
