"""Random geometric changes, combined into one transform that samples each picture once."""

import math
from typing import Any

import tensorflow as tf

from ml.augmentation.ranges import STILL, Ranges

CHANGES = (
    "rotation",
    "zoom",
    "stretch",
    "side_zoom",
    "width_shift",
    "height_shift",
    "horizontal_flip",
    "vertical_flip",
    "right_angles",
)


def uniform(n: Any, seed: Any, low: Any, high: Any, *shape: int) -> Any:
    """Return (n, *shape) float32, uniform in [low, high)."""
    return tf.random.stateless_uniform((n, *shape), seed, low, high)


def factor(n: Any, seed: Any, limit: float, *shape: int) -> Any:
    """Return (n, *shape) from 1/limit to limit, uniform on a logarithmic scale."""
    return tf.exp(uniform(n, seed, -math.log(limit), math.log(limit), *shape))


def warp(x: Any, seed: Any, ranges: Ranges) -> Any:
    """Return the pictures turned, zoomed, stretched, flipped and shifted about their centre.

    Args:
        x: float32 (n, height, width, 3).
        seed: two integers.
        ranges: only their geometric fields are used. Shifts are along the sides of the unturned
            picture.
    """
    if all(getattr(ranges, name) == getattr(STILL, name) for name in CHANGES):
        return x
    size = tf.shape(x)[1:3]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=x,
        transforms=_transforms(tf.shape(x)[0], size, seed, ranges),
        output_shape=size,
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode=ranges.fill_mode.upper(),
    )


def _transforms(n: Any, size: Any, seed: Any, ranges: Ranges) -> Any:
    """Return (n, 8): a 2 x 3 matrix that maps output to input pixels, row by row, and two zeros."""
    s = tf.random.split(seed, 5)
    height, width = tf.unstack(tf.cast(size, tf.float32))
    a, b, d, e = _linear(n, s, ranges)
    limits = tf.constant((ranges.width_shift, ranges.height_shift))
    shift = uniform(n, s[4], -limits, limits, 2) * (width, height)
    cx, cy = (width - 1) / 2, (height - 1) / 2
    c = cx - a * cx - b * cy + shift[:, 0]
    f = cy - d * cx - e * cy + shift[:, 1]
    zero = tf.zeros_like(a)
    return tf.stack([a, b, c, d, e, f, zero, zero], 1)


def _linear(n: Any, s: Any, ranges: Ranges) -> tuple[Any, Any, Any, Any]:
    """Return a, b, d and e, each (n,), of the matrices [[a, b], [d, e]]."""
    low, high = ranges.rotation
    angle = uniform(n, s[0], math.radians(low), math.radians(high))
    if ranges.right_angles:
        angle += tf.floor(uniform(n, s[0] + 1, 0, 4)) * (math.pi / 2)
    zoom = factor(n, s[1], ranges.zoom)
    stretch = factor(n, s[2], math.sqrt(ranges.stretch))
    down = _sign(n, s[3], flip=ranges.vertical_flip)
    sides = uniform(n, s[1] + 1, 1 - ranges.side_zoom, 1 + ranges.side_zoom, 2)
    across = sides[:, 0] * _sign(n, s[3] + 1, flip=ranges.horizontal_flip)
    a, b = tf.cos(angle) * stretch * zoom, -tf.sin(angle) * zoom / stretch
    d, e = tf.sin(angle) * stretch * zoom * down, tf.cos(angle) * zoom / stretch * down
    return a * across, b * sides[:, 1], d * across, e * sides[:, 1]


def _sign(n: Any, seed: Any, *, flip: bool) -> Any:
    return tf.sign(uniform(n, seed, -1, 1)) if flip else tf.ones(n)
