"""Adds effects of light and lens, and things that cover the skin, to training pictures."""

from typing import Any

import tensorflow as tf

from ml.augmentation import overlays
from ml.augmentation.ranges import Ranges
from ml.augmentation.warp import factor, uniform


def add(x: Any, seed: Any, ranges: Ranges) -> Any:
    """Return the pictures with the effects in `ranges`, float32 (n, height, width, 3) in [0, 255].

    Overlays are drawn in the standard view's size, and stretched to other sizes.
    """
    s = tf.random.split(seed, 5)
    x = _overlay(x, s[0], ranges.overlaid) if ranges.overlaid else x
    x = _vignette(x, s[1], ranges.vignette) if ranges.vignette else x
    x = _glare(x, s[2], ranges.glare) if ranges.glare else x
    x = _sharpen(x, s[3], ranges.sharpened) if ranges.sharpened else x
    return _gamma(x, s[4], ranges.gamma) if ranges.gamma != 1 else x


def _chosen(n: Any, seed: Any, share: float) -> Any:
    return tf.cast(uniform(n, seed, 0, 1, 1, 1, 1) < share, tf.float32)


def _overlay(x: Any, seed: Any, share: float) -> Any:
    opacities, colours = overlays.bank()
    s = tf.random.split(seed, 3)
    n = tf.shape(x)[0]
    number = tf.random.stateless_uniform((n,), s[0], 0, len(opacities), tf.int32)
    opacity = tf.cast(tf.gather(opacities, number), tf.float32) / 255
    opacity = tf.image.resize(opacity, tf.shape(x)[1:3])
    is_as_drawn = uniform(n, s[1], -1, 1, 1, 1, 1) < 0
    opacity = tf.where(is_as_drawn, opacity, opacity[:, ::-1, ::-1])
    opacity *= _chosen(n, s[2], share)
    return x + opacity * (tf.gather(colours, number)[:, None, None] - x)


def _squared_distance(x: Any, centre: Any) -> Any:
    """Return each pixel's squared distance from a centre, (n, height, width, 1).

    The unit of the distance is half the picture's width.

    Args:
        x: pictures, only for their shape.
        centre: (n, 2), across and down, in half widths from the middle.
    """
    height, width = tf.unstack(tf.cast(tf.shape(x)[1:3], tf.float32))
    across = tf.linspace(-1.0, 1.0, tf.shape(x)[2])[None, None, :, None]
    down = tf.linspace(-1.0, 1.0, tf.shape(x)[1])[None, :, None, None] * height / width
    dx, dy = (part[:, None, None] for part in tf.split(centre, 2, 1))
    return tf.square(across - dx) + tf.square(down - dy)


def _vignette(x: Any, seed: Any, share: float) -> Any:
    """Darken the corners, softly or like a lens's rim.

    The dark begins at a random radius, 0.75 to 1.2 half widths.
    """
    s = tf.random.split(seed, 4)
    n = tf.shape(x)[0]
    distance = tf.sqrt(_squared_distance(x, uniform(n, s[0], -0.1, 0.1, 2)))
    radius, softness = uniform(n, s[1], 0.75, 1.2, 1, 1, 1), uniform(n, s[2], 0.03, 0.4, 1, 1, 1)
    shade = tf.clip_by_value((distance - radius) / softness, 0, 1) * _chosen(n, s[3], share)
    return x * (1 - shade)


def _glare(x: Any, seed: Any, share: float) -> Any:
    s = tf.random.split(seed, 4)
    n = tf.shape(x)[0]
    distance = _squared_distance(x, uniform(n, s[0], -0.8, 0.8, 2))
    size, strength = uniform(n, s[1], 0.003, 0.06, 1, 1, 1), uniform(n, s[2], 0.3, 1, 1, 1, 1)
    light = tf.exp(-distance / size) * strength * _chosen(n, s[3], share)
    return x + light * (255 - x)


def _sharpen(x: Any, seed: Any, share: float) -> Any:
    """Apply an unsharp mask with a 3 x 3 mean."""
    s = tf.random.split(seed, 2)
    n = tf.shape(x)[0]
    amount = uniform(n, s[0], 0.3, 1.5, 1, 1, 1) * _chosen(n, s[1], share)
    return x + amount * (x - tf.nn.avg_pool2d(x, 3, 1, "SAME"))


def _gamma(x: Any, seed: Any, limit: float) -> Any:
    exponent = factor(tf.shape(x)[0], seed, limit, 1, 1, 1)
    return 255 * tf.pow(tf.clip_by_value(x / 255, 1e-4, 1), exponent)
