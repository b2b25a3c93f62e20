"""Composes difficult training pictures, common in other clinics and rare in HAM10000.

A scene is a picture, RGB uint8 (144, 192, 3), and its mask, uint8 (144, 192), 0-255.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from ml.segmentation.grid import HEIGHT, WIDTH, on_grid

SIZE = (WIDTH, HEIGHT)
DARK = 0.8  # share of the pictures whose hairs are dark
LONGER = 1.3  # largest width and height of a hair's arc, relative to the picture's


class Scene(NamedTuple):
    """A picture and its lesion mask."""

    pixels: np.ndarray
    mask: np.ndarray


def plain(view: np.ndarray, mask: np.ndarray) -> Scene:
    """Return the scene of a standard view, (150, 200, 3), and its mask, already (144, 192)."""
    return Scene(on_grid(view), mask)


def without_lesion(pixels: np.ndarray) -> Scene:
    """Return a picture that shows no lesion, with an empty mask."""
    return Scene(on_grid(pixels), np.zeros((HEIGHT, WIDTH), np.uint8))


def beside(left: Scene, right: Scene) -> Scene:
    """Return two pictures side by side, each squeezed to half its width."""
    return Scene(
        np.concatenate([left.pixels[:, ::2], right.pixels[:, ::2]], 1),
        np.concatenate([left.mask[:, ::2], right.mask[:, ::2]], 1),
    )


def bare_skin(scene: Scene) -> Scene | None:
    """Return a corner of bare skin, enlarged, or None if the lesion is in every corner."""
    h, w = HEIGHT // 3, WIDTH // 3
    for rows in (slice(0, h), slice(-h, None)):
        for columns in (slice(0, w), slice(-w, None)):
            if not scene.mask[rows, columns].any():
                return without_lesion(scene.pixels[rows, columns])
    return None


def hairy(scene: Scene, generator: np.random.Generator) -> Scene:
    """Return the picture with 3 to 25 dark or light hairs drawn over it."""
    image = Image.fromarray(scene.pixels)
    pen = ImageDraw.Draw(image)
    is_dark = generator.random() < DARK
    shade = int(generator.integers(10, 70) if is_dark else generator.integers(150, 230))
    warmth = int(generator.integers(0, 25))
    for _ in range(int(generator.integers(3, 26))):
        x, y = generator.uniform(-0.3, 1, 2) * SIZE
        w, h = generator.uniform(0.3, LONGER, 2) * SIZE
        start = generator.uniform(0, 360)
        colour = (shade + warmth, shade, max(shade - warmth, 0))
        pen.arc(
            (x, y, x + w, y + h),
            start,
            start + generator.uniform(30, 140),
            fill=colour,
            width=int(generator.integers(1, 3)),
        )
    return Scene(np.asarray(image), scene.mask)


def vignetted(scene: Scene, generator: np.random.Generator) -> Scene:
    """Return the picture as in a dermatoscope's tube: black outside a circle or an ellipse."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    x, y = generator.uniform(-0.08, 0.08, 2)
    radius = generator.uniform(0.85, 1.25)
    across = (columns / WIDTH - 0.5 - x) * 2
    down = (rows / HEIGHT - 0.5 - y) * 2 * generator.uniform(0.75, 1.1)
    distance = np.hypot(across, down) / radius
    softness = generator.uniform(0.01, 0.12)
    light = np.clip((1 - distance) / softness, 0, 1)
    dark = generator.uniform(0, 30)
    pixels = scene.pixels * light[..., None] + dark * (1 - light[..., None])
    return Scene(pixels.astype(np.uint8), (scene.mask * np.rint(light)).astype(np.uint8))
