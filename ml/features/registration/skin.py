"""Landmarks of the skin around a lesion: hairs, pores, freckles, lines.

The lesion itself is excluded: an alignment of two photos by its outline would hide its growth.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from skimage.feature import SIFT

LONGEST = 512  # px, longer side of the photo in which landmarks are searched
REACH = 3.0  # the radius that a landmark's descriptor covers, relative to the landmark's size
LEAST_REACH = 3.0  # px
# Before the search, the tone of the skin and uneven light are removed (blur TONE). The result is
# divided by the local contrast (blur CONTRAST) plus FLAT, and clipped to a range of width SPREAD.
TONE, CONTRAST, FLAT = 8.0, 12.0, 1.5  # px, px, grey levels
SPREAD = 4.0
RIM, RIM_BLUR, RIM_WIDTH = 40, 2.0, 6  # grey level, px, px: the black tube of a dermatoscope
FAINTEST, LINEAR = 0.01, 12.0  # contrast and edge limits of SIFT; skin has little contrast


class Skin(NamedTuple):
    """The landmarks of the skin in a photo."""

    size: tuple[int, int]  # width and height at which landmarks were searched
    points: np.ndarray  # (n, 2) x and y in px of that size
    descriptors: np.ndarray  # (n, 128)
    outline: np.ndarray  # (m, 2) of the lesion, x and y in px of that size


def find_landmarks(photo: Image.Image, outline: np.ndarray) -> Skin:
    """Return the landmarks of the skin outside a lesion.

    Args:
        photo: upright, RGB.
        outline: the lesion's outline, (m, 2), x and y as shares of the photo's width and height.
    """
    shrink = min(1.0, LONGEST / max(photo.size))
    size = round(photo.width * shrink), round(photo.height * shrink)
    pixels = np.asarray(photo.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0))
    corners = outline * size
    detected = _detected(pixels)
    if detected is None:
        return Skin(size, np.empty((0, 2)), np.empty((0, 128)), corners)
    places = np.clip(detected.keypoints, 0, np.array(pixels.shape[:2]) - 1)
    reach = np.maximum(REACH * detected.sigmas, LEAST_REACH)
    is_skin = _distances(pixels, corners)[places[:, 0], places[:, 1]] > reach
    return Skin(
        size, places[is_skin][:, ::-1].astype(float), detected.descriptors[is_skin], corners
    )


def _detected(pixels: np.ndarray) -> SIFT | None:
    finder = SIFT(upsampling=1, c_dog=FAINTEST, c_edge=LINEAR)
    try:
        finder.detect_and_extract(_levelled(pixels))
    except RuntimeError:
        return None  # there is no landmark
    return finder


def _levelled(pixels: np.ndarray) -> np.ndarray:
    """Return the green channel, 0 to 1, with uniform brightness and contrast.

    Skin has the most contrast in green.
    """
    green = pixels[..., 1].astype(np.float32)
    detail = green - ndimage.gaussian_filter(green, TONE)
    contrast = np.sqrt(ndimage.gaussian_filter(detail**2, CONTRAST)) + FLAT
    levelled: np.ndarray = np.clip(detail / contrast / SPREAD + 0.5, 0, 1)
    return levelled


def _distances(pixels: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Return each pixel's distance from the lesion, px; 0 in the lesion and at a black tube."""
    height, width = pixels.shape[:2]
    drawn = Image.new("1", (width, height))
    ImageDraw.Draw(drawn).polygon([tuple(point) for point in outline], fill=1)
    distances: np.ndarray = ndimage.distance_transform_edt(~np.asarray(drawn))
    bright = ndimage.gaussian_filter(pixels.max(2).astype(np.float32), RIM_BLUR)
    distances[ndimage.binary_dilation(bright < RIM, iterations=RIM_WIDTH)] = 0
    return distances
