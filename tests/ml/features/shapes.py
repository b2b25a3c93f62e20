"""Lesions with known features: masks (450, 600) and photos of them."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from skimage import draw

HEIGHT, WIDTH = 450, 600
CENTRE = (HEIGHT / 2, WIDTH / 2)
BROWN, SKIN = (96, 60, 46), (214, 168, 146)


def ellipse(rows=150, columns=150, angle=0.0):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[draw.ellipse(*CENTRE, rows, columns, mask.shape, rotation=angle)] = True
    return mask


def half_ellipse():
    mask = ellipse(100, 200)
    mask[:, : WIDTH // 2] = False
    return mask


def koch():
    """Return Koch's snowflake after four steps. Its outline has the dimension log 4 / log 3."""
    points = [np.exp(2j * np.pi * (turn / 3 + 0.25)) for turn in (0, 2, 1, 0)]
    for _ in range(4):
        points = [points[0], *(new for pair in pairwise(points) for new in _step(*pair))]
    image = Image.new("1", (WIDTH, HEIGHT))
    corners = [(WIDTH / 2 + 190 * p.real, HEIGHT / 2 + 190 * p.imag) for p in points]
    ImageDraw.Draw(image).polygon(corners, fill=1)
    return np.asarray(image)


def _step(start, end):
    third = (end - start) / 3
    return start + third, start + third * (1 + np.exp(1j * np.pi / 3)), start + 2 * third, end


def photo(mask, inside=BROWN, blur=0.0):
    """Return a photo of a lesion on light skin. `inside` is a colour or a picture."""
    pixels = np.where(mask[..., None], np.array(inside), np.array(SKIN)).astype(np.uint8)
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(blur)))
