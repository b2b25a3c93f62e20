"""Draws things that may cover a lesion in photos: hairs, rulers, ink and gel bubbles.

They are rare in training pictures and common elsewhere. Each overlay is drawn with Pillow at three
times its size, so that its edges are smooth.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from ml.preprocessing.network_input import HEIGHT, WIDTH

FINENESS = 3
BANK = 240
DARK = 0.8  # share of the hair overlays that are dark


class Overlay(NamedTuple):
    """An overlay: opacity (150, 200, 1), 0-1, and colour RGB (3,), 0-255."""

    opacity: np.ndarray
    colour: np.ndarray


class _Canvas:
    """A grid of opacities to draw on. Coordinates are pixels of the picture."""

    def __init__(self) -> None:
        self.sheet = Image.new("L", (WIDTH * FINENESS, HEIGHT * FINENESS))
        self._draw = ImageDraw.Draw(self.sheet)

    def line(self, points: np.ndarray, width: float, opacity: float) -> None:
        scaled = [tuple(point) for point in points * FINENESS]
        self._draw.line(scaled, round(255 * opacity), max(1, round(width * FINENESS)), "curve")

    def ring(self, centre: np.ndarray, radius: float, width: float, opacity: float) -> None:
        box = [*(FINENESS * (centre - radius)), *(FINENESS * (centre + radius))]
        self._draw.ellipse(box, None, round(255 * opacity), max(1, round(width * FINENESS)))

    def overlay(self, colour: np.ndarray, blur: float = 0.0) -> Overlay:
        sheet = self.sheet.filter(ImageFilter.GaussianBlur(blur * FINENESS)) if blur else self.sheet
        small = sheet.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        return Overlay(
            np.asarray(small, np.float32)[..., None] / 255, np.asarray(colour, np.float32)
        )


def hairs(generator: np.random.Generator, count: int | None = None) -> Overlay:
    """Return fine hairs, dark or light. Without a count, there are 3 to 40."""
    canvas = _Canvas()
    number = generator.integers(3, 41) if count is None else count
    direction, width = generator.uniform(0, np.pi), generator.uniform(0.5, 1.4)
    for _ in range(number):
        canvas.line(_curve(generator, direction), width, generator.uniform(0.5, 0.95))
    is_dark = generator.random() < DARK
    level = generator.uniform(10, 70) if is_dark else generator.uniform(180, 230)
    return canvas.overlay(level * generator.uniform(0.8, 1.1, 3))


def _curve(generator: np.random.Generator, direction: float) -> np.ndarray:
    """Return the points of a curved line through the picture, (n, 2) x and y."""
    start = generator.uniform((-20, -20), (WIDTH + 20, HEIGHT + 20))
    length, bend = generator.uniform(40, 220), generator.normal(0, 1)
    angle = direction + generator.normal(0, 0.5) + np.linspace(0, bend, 12)
    steps = np.stack([np.cos(angle), np.sin(angle)], 1) * length / 12
    return np.asarray(start + np.cumsum(steps, 0))


def ruler(generator: np.random.Generator) -> Overlay:
    """Return a dermatoscope's scale near an edge: a line of ticks, with every fifth tick longer."""
    canvas = _Canvas()
    gap, height = generator.uniform(4, 12), generator.uniform(4, 10)
    y = generator.choice((0.04, 0.96)) * HEIGHT + generator.normal(0, 5)
    inward = 1 if y < HEIGHT / 2 else -1
    for number, x in enumerate(np.arange(generator.uniform(0, gap), WIDTH, gap)):
        length = height * (1 if number % 5 else 1.8)
        canvas.line(np.array([(x, y), (x, y + inward * length)]), 0.8, 0.9)
    return canvas.overlay(np.full(3, generator.uniform(0, 60)), 0.2)


def ink(generator: np.random.Generator) -> Overlay:
    """Return marks of a surgeon's pen around the middle: violet, blue, green or black."""
    canvas = _Canvas()
    centre = np.array((WIDTH, HEIGHT)) / 2 + generator.normal(0, 12, 2)
    radius = generator.uniform(35, 75)
    begin, width = generator.uniform(0, 2 * np.pi), generator.uniform(1.5, 4.5)
    for number in range(generator.integers(1, 5)):
        angle = begin + number * np.pi / 2 + np.linspace(0, generator.uniform(0.3, 1.4), 10)
        radii = radius + np.cumsum(generator.normal(0, 1.2, 10))
        points = centre + radii[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
        canvas.line(points, width, generator.uniform(0.5, 0.85))
    colours = ((95, 60, 140), (50, 70, 150), (40, 100, 90), (45, 45, 60))
    return canvas.overlay(np.array(colours[generator.integers(4)]), generator.uniform(0.3, 1))


def bubbles(generator: np.random.Generator) -> Overlay:
    """Return bubbles in the gel under a dermatoscope: bright rings."""
    canvas = _Canvas()
    for _ in range(generator.integers(1, 12)):
        centre = generator.uniform((0, 0), (WIDTH, HEIGHT))
        radius = generator.uniform(2, 14)
        canvas.ring(centre, radius, generator.uniform(0.6, 1.6), generator.uniform(0.3, 0.8))
    return canvas.overlay(np.full(3, generator.uniform(200, 255)), 0.4)


KINDS: tuple[Callable[[np.random.Generator], Overlay], ...] = (hairs, hairs, ruler, ink, bubbles)


@lru_cache(maxsize=1)
def bank() -> tuple[np.ndarray, np.ndarray]:
    """Return a fixed set of overlays to choose from.

    Opacities are (240, 150, 200, 1) uint8 in [0, 255], and colours (240, 3) float32 in [0, 255].
    Each of the five entries of `KINDS` is equally frequent.
    """
    generator = np.random.default_rng(0)
    drawn = [KINDS[number % len(KINDS)](generator) for number in range(BANK)]
    opacities = np.stack([np.rint(overlay.opacity * 255).astype(np.uint8) for overlay in drawn])
    return opacities, np.stack([overlay.colour for overlay in drawn])
