"""Pictures of skin with a lesion, and other photos of the same place."""

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.transform import AffineTransform, warp

SIZE = (400, 300)
ANGLES = np.linspace(0, 2 * np.pi, 60, endpoint=False)
CENTRE = np.array([200.0, 150.0])


def ring(radius, centre=CENTRE):
    return centre + radius * np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])


def skin(seed, radius=45.0):
    """Return a picture of skin with a dark, structured spot, and the spot's outline in pixels."""
    random = np.random.default_rng(seed)
    width, height = SIZE
    coarse, fine = (ndimage.gaussian_filter(random.normal(size=(height, width)), s) for s in (4, 2))
    tone = 180 + 60 * coarse / coarse.std() / 6 + 60 * fine / fine.std() / 8
    y, x = np.mgrid[:height, :width]
    inside = np.hypot(x - CENTRE[0], y - CENTRE[1]) < radius
    pattern = ndimage.gaussian_filter(random.normal(size=(height, width)), 2)
    tone = np.where(inside, 70 + 40 * pattern / pattern.std() / 3, tone)
    pixels = np.stack([tone * 1.1, tone * 0.9, tone * 0.8], -1)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), ring(radius)


def photographed(  # noqa: PLR0913 - the differences between two photos
    picture, *, zoom=1.0, turn=0.0, shear=0.0, shift=(0, 0), light=1.0
):
    """Return another photo of the skin, and the transform from `picture` to it."""
    to_origin = AffineTransform(translation=-CENTRE)
    move = AffineTransform(scale=(zoom, zoom * (1 - shear)), rotation=np.deg2rad(turn))
    transform = to_origin + move + AffineTransform(translation=CENTRE + shift)
    moved = warp(np.asarray(picture) / 255, transform.inverse, order=3, mode="edge")
    noise = np.random.default_rng(9).normal(0, 0.01, moved.shape)
    pixels = np.clip(moved * light + noise, 0, 1) * 255
    return Image.fromarray(pixels.astype(np.uint8)), transform


def shares(outline):
    return outline / SIZE
