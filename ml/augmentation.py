"""Random changes of training pictures, as TensorFlow operations on a whole batch.

Every geometric change is fused into one projective transform, which samples each picture once.
"""

import math
from typing import Any, NamedTuple

import tensorflow as tf

from ml.views import HEIGHT, WIDTH


class Ranges(NamedTuple):
    """How far each change goes; the defaults are what the served model was trained with."""

    zoom: float = 1.35  # scale from 1/zoom to zoom
    stretch: float = 1.15  # of width against height, and back
    shift: float = 0.08  # share of the side
    brightness: float = 0.18  # share of 255, added
    contrast: float = 1.3  # from 1/contrast to contrast
    saturation: float = 1.3
    tint: float = 1.08  # gain of a single channel: what colour constancy leaves
    noise: float = 6.0  # standard deviation in grey levels, at most
    compressed: float = 0.5  # share of pictures that go through JPEG
    blurred: float = 0.5  # share of pictures that lose fine detail


SERVED = Ranges()


def augment(images: Any, seed: Any, ranges: Ranges = SERVED) -> Any:
    """Return changed copies of the pictures, float32 RGB in [0, 255], same shape.

    Args:
        images: uint8 RGB, (n, 150, 200, 3).
        seed: two integers; the same seed gives the same changes.
        ranges: how far each change goes.
    """
    seeds = tf.random.split(seed, 5)
    x = _compress(images, seeds[0], ranges)
    x = _warp(tf.cast(x, tf.float32), seeds[1], ranges)
    x = _blur(x, seeds[2], ranges)
    x = _recolour(x, seeds[3], ranges)
    return _add_noise(x, seeds[4], ranges)


def _uniform(n: Any, seed: Any, low: float, high: float, *shape: int) -> Any:
    return tf.random.stateless_uniform((n, *shape), seed, low, high)


def _factor(n: Any, seed: Any, limit: float, *shape: int) -> Any:
    """Uniform on a logarithmic scale from 1/limit to limit: as often half as double."""
    return tf.exp(_uniform(n, seed, -math.log(limit), math.log(limit), *shape))


def _compress(images: Any, seed: Any, ranges: Ranges) -> Any:
    """HAM10000's small copies are JPEG of quality 75: artefacts must not tell the copies apart."""
    n = tf.shape(images)[0]
    drawn = _uniform(n, seed, 0, 1) < ranges.compressed
    quality = tf.cast(_uniform(n, seed + 1, 60, 95), tf.int32)

    def one(arguments: tuple[Any, Any, Any]) -> Any:
        image, chosen, level = arguments
        return tf.cond(chosen, lambda: tf.image.adjust_jpeg_quality(image, level), lambda: image)

    return tf.map_fn(one, (images, drawn, quality), fn_output_signature=tf.uint8)


def _warp(x: Any, seed: Any, ranges: Ranges) -> Any:
    """Rotate by any angle, flip, zoom, stretch and shift about the centre; edges are mirrored."""
    n = tf.shape(x)[0]
    s = tf.random.split(seed, 5)
    angle = _uniform(n, s[0], 0, 2 * math.pi)
    zoom, stretch = _factor(n, s[1], ranges.zoom), _factor(n, s[2], math.sqrt(ranges.stretch))
    flip = tf.sign(_uniform(n, s[3], -1, 1))
    shift = _uniform(n, s[4], -ranges.shift, ranges.shift, 2) * (WIDTH, HEIGHT)
    # Output pixel -> input pixel: the matrix [[a, b], [d, e]] about the centre.
    a, b = tf.cos(angle) * stretch * zoom, -tf.sin(angle) * zoom / stretch
    d, e = tf.sin(angle) * stretch * zoom * flip, tf.cos(angle) * zoom / stretch * flip
    cx, cy = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    c = cx - a * cx - b * cy + shift[:, 0]
    f = cy - d * cx - e * cy + shift[:, 1]
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=x,
        transforms=tf.stack([a, b, c, d, e, f, zero, zero], 1),
        output_shape=tf.constant((HEIGHT, WIDTH)),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )


def _blur(x: Any, seed: Any, ranges: Ranges) -> Any:
    """Mix with a copy at a third of the resolution, in a random share."""
    n = tf.shape(x)[0]
    s = tf.random.split(seed, 2)
    drawn = tf.cast(_uniform(n, s[0], 0, 1, 1, 1, 1) < ranges.blurred, tf.float32)
    share = _uniform(n, s[1], 0, 0.9, 1, 1, 1) * drawn
    coarse = tf.nn.avg_pool2d(x, 3, 3, "SAME")
    return x + share * (tf.image.resize(coarse, (HEIGHT, WIDTH)) - x)


def _recolour(x: Any, seed: Any, ranges: Ranges) -> Any:
    n = tf.shape(x)[0]
    s = tf.random.split(seed, 4)
    grey = tf.reduce_mean(x, -1, keepdims=True)
    mean = tf.reduce_mean(grey, (1, 2), keepdims=True)
    contrast = _factor(n, s[0], ranges.contrast, 1, 1, 1)
    saturation = _factor(n, s[1], ranges.saturation, 1, 1, 1)
    tint = _factor(n, s[2], ranges.tint, 1, 1, 3)
    added = _uniform(n, s[3], -255 * ranges.brightness, 255 * ranges.brightness, 1, 1, 1)
    x = grey + (x - grey) * saturation
    return (mean + (x - mean) * contrast) * tint + added


def _add_noise(x: Any, seed: Any, ranges: Ranges) -> Any:
    s = tf.random.split(seed, 2)
    level = _uniform(tf.shape(x)[0], s[0], 0, ranges.noise, 1, 1, 1)
    noise = tf.random.stateless_normal(tf.shape(x), s[1]) * level
    return tf.clip_by_value(x + noise, 0.0, 255.0)
