"""Draws pictures that are not photos, like those that people upload by mistake.

The gate is trained to refuse them, and to refuse photos of other things.
"""

import numpy as np
from PIL import Image, ImageDraw

SIZE = (800, 600)
KINDS = 4


def draw(seed: int) -> Image.Image:
    """Return a text page, a chart, a smooth gradient or coloured noise, 800 x 600 px."""
    generator = np.random.default_rng(seed)
    kinds = (_text_page, _chart, _gradient, _noise)
    return kinds[seed % KINDS](generator)


def _colour(generator: np.random.Generator, low: int, high: int) -> tuple[int, int, int]:
    red, green, blue = generator.integers(low, high, 3)
    return int(red), int(green), int(blue)


def _text_page(generator: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", SIZE, _colour(generator, 150, 245))
    pen = ImageDraw.Draw(image)
    size = int(generator.integers(12, 40))
    for y in range(20, SIZE[1], int(size * 1.5)):
        letters = generator.integers(97, 123, 120)
        spaces = generator.random(120) < 1 / 6
        line = "".join(np.where(spaces, " ", [chr(code) for code in letters]))
        pen.text((30, y), line, _colour(generator, 0, 90), font_size=size)
    return image


def _chart(generator: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", SIZE, _colour(generator, 0, 256))
    pen = ImageDraw.Draw(image)
    for _ in range(int(generator.integers(5, 40))):
        x, y = int(generator.integers(0, SIZE[0])), int(generator.integers(0, SIZE[1]))
        width, height = (int(side) for side in generator.integers(10, 300, 2))
        pen.rectangle((x, y, x + width, y + height), _colour(generator, 0, 256))
    return image


def _gradient(generator: np.random.Generator) -> Image.Image:
    corners = generator.integers(0, 256, (2, 2, 3), dtype=np.uint8)
    smooth = Image.fromarray(corners).resize(SIZE, Image.Resampling.BILINEAR)
    noise = generator.normal(0, generator.uniform(0, 12), (SIZE[1], SIZE[0], 1))
    return Image.fromarray(np.clip(np.asarray(smooth) + noise, 0, 255).astype(np.uint8))


def _noise(generator: np.random.Generator) -> Image.Image:
    cell = int(generator.integers(1, 60))
    shape = (SIZE[1] // cell + 1, SIZE[0] // cell + 1, 3)
    pixels = generator.integers(0, 256, shape, dtype=np.uint8)
    return Image.fromarray(pixels).resize(SIZE, Image.Resampling.NEAREST)
