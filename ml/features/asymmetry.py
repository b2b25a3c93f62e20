"""Asymmetry about two perpendicular axes through the lesion's centroid.

Axes are tried every 1.5 degrees, and the pair with the least asymmetry is chosen: the principal
axes of a round lesion would mean nothing. The score is the number of chosen axes about which the
lesion is asymmetric in shape and colour, after Stolz et al., "ABCD rule of dermatoscopy", European
Journal of Dermatology 4 (1994), and Nachbar et al., JAAD 30 (1994).

In polar coordinates, a reflection reverses and shifts the angles. So one convolution over the
angles compares a lesion with its mirror images about all axes.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import center_of_mass, gaussian_filter, map_coordinates
from skimage.color import deltaE_ciede2000

from ml.features.lesion import DIAMETER, Lesion, bounds

ANGLES = 120  # the number of rays (3 degrees apart), and of axes (1.5 degrees apart)
RADII = 48
BLUR = 0.03 * DIAMETER  # px of blur, so that hairs and dots without a mirror image count little
HALF = 0.5  # threshold of an interpolated mask
# An axis is asymmetric if SHAPE_WEIGHT x its shape asymmetry + its colour asymmetry > THRESHOLD.
SHAPE_WEIGHT, THRESHOLD = 50.0, 13.5


class Polar(NamedTuple):
    """A lesion around its centroid: rays by angle, each from the centroid outwards."""

    mask: np.ndarray  # (120, 48) bool
    lab: np.ndarray  # (120, 48, 3)
    weights: np.ndarray  # relative area around a sample at each radius, (48,)


class Asymmetry(NamedTuple):
    """Asymmetry about the least asymmetric pair of axes, and the direction of the first axis."""

    score: int  # number of asymmetric axes, 0-2
    shape: float  # share of the lesion outside its mirror image, mean of both axes
    colour: float  # mean difference of mirrored pixels, ΔE2000, mean of both axes
    angle: float  # direction of the first axis, radians clockwise from the photo's x axis


def measure(lesion: Lesion) -> Asymmetry:
    """Return the lesion's asymmetry."""
    polar = unroll(lesion)
    shape = shape_asymmetry(polar)
    total = SHAPE_WEIGHT * shape + colour_asymmetry(polar)
    quarter = ANGLES // 2
    first = int(np.argmin(total + np.roll(total, -quarter)))
    axes = np.array([first, (first + quarter) % ANGLES])
    return Asymmetry(
        score=int((total[axes] > THRESHOLD).sum()),
        shape=float(shape[axes].mean()),
        colour=float(np.mean([mirrored_difference(polar, axis) for axis in axes])),
        angle=first * np.pi / ANGLES,
    )


def unroll(lesion: Lesion) -> Polar:
    """Return the lesion in polar coordinates about its centroid."""
    # `gaussian_filter` ends at four standard deviations.
    near = bounds(lesion.mask, round(4 * BLUR) + 1)
    mask = lesion.mask[near]
    centre = center_of_mass(mask)
    rows, columns = np.nonzero(mask)
    radius = float(np.hypot(rows - centre[0], columns - centre[1]).max()) + 1
    smooth = gaussian_filter(lesion.lab[near], (BLUR, BLUR, 0))
    angles = np.arange(ANGLES) * 2 * np.pi / ANGLES
    distances = np.arange(RADII) * radius / RADII
    places = [
        c + np.outer(turn(angles), distances)
        for c, turn in zip(centre, (np.sin, np.cos), strict=True)
    ]
    layers = [*np.moveaxis(smooth, -1, 0), mask.astype(np.float32)]
    *lab, inside = (map_coordinates(layer, places, order=1) for layer in layers)
    return Polar(inside > HALF, np.stack(lab, -1), np.arange(RADII) + 0.5)


def shape_asymmetry(polar: Polar) -> np.ndarray:
    """Return for each axis the share of the lesion outside its mirror image, (120,)."""
    mask = polar.mask * 1.0
    common = _mirrored(mask, mask, polar.weights)
    result: np.ndarray = 1 - common / (mask @ polar.weights).sum()
    return result


def colour_asymmetry(polar: Polar) -> np.ndarray:
    """Return for each axis the root mean square ΔE*ab of mirrored pixels, (120,)."""
    mask, lab = polar.mask * 1.0, polar.lab * polar.mask[..., None]
    common = _mirrored(mask, mask, polar.weights)
    squares = 2 * _mirrored(np.square(lab).sum(-1), mask, polar.weights)
    products = sum(_mirrored(lab[..., i], lab[..., i], polar.weights) for i in range(3))
    result: np.ndarray = np.sqrt(np.maximum(squares - 2 * products, 0) / np.maximum(common, 1))
    return result


def mirrored_difference(polar: Polar, axis: int) -> float:
    """Return the mean ΔE2000 between the lesion's pixels and their mirror images about an axis."""
    rays = (np.arange(ANGLES // 2) + (axis + 1) // 2) % ANGLES
    other = (axis - rays) % ANGLES
    common = polar.mask[rays] & polar.mask[other]
    difference = deltaE_ciede2000(polar.lab[rays][common], polar.lab[other][common])
    weights = np.broadcast_to(polar.weights, common.shape)[common]
    return float(np.average(difference, weights=weights)) if len(weights) else 0.0


def _mirrored(first: np.ndarray, other: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return for each axis the sum of products of one array with the other's mirror image."""
    spectra = np.fft.rfft(first, axis=0) * np.fft.rfft(other, axis=0)
    result: np.ndarray = np.fft.irfft(spectra @ weights, ANGLES)
    return result
