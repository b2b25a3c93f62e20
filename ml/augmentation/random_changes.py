"""Random changes of training pictures, as TensorFlow operations on a whole batch.

`augment` is for an input pipeline. `Augmentation` makes the same changes in a layer of a network.
"""

from typing import Any, Self

import keras
import tensorflow as tf

from ml.augmentation import surroundings
from ml.augmentation.ranges import ORIGINAL, SERVED, STILL, Ranges
from ml.augmentation.warp import factor, uniform, warp

__all__ = ["ORIGINAL", "SERVED", "STILL", "Augmentation", "Ranges", "augment", "mixup"]


def augment(images: Any, seed: Any, ranges: Ranges = SERVED) -> Any:
    """Return changed copies of the pictures, float32 RGB in [0, 255], same shape.

    Args:
        images: RGB in [0, 255], (n, height, width, 3), uint8 or float32.
        seed: two integers; the same seed gives the same changes.
        ranges: the largest extent of each change; a change at its `STILL` value is left out.
    """
    seeds = tf.random.split(seed, 5)
    x = _compress(images, seeds[0], ranges) if ranges.compressed else images
    x = warp(tf.cast(x, tf.float32), seeds[1], ranges)
    x = _blur(x, seeds[2], ranges) if ranges.blurred else x
    x = surroundings.add(x, seeds[2] + 1, ranges)
    x = _recolour(x, seeds[3], ranges)
    x = _add_noise(x, seeds[4], ranges) if ranges.noise else x
    x = _cut_out(x, seeds[4] + 1, ranges.cutout) if ranges.cutout else x
    return tf.clip_by_value(x, 0.0, 255.0)


@keras.saving.register_keras_serializable("skinscreen")
class Augmentation(keras.layers.Layer):
    """`augment` as a layer that changes pictures only in training, each batch differently.

    Maps RGB in [0, 255], (n, height, width, 3), to the same shape and range.
    """

    def __init__(self, ranges: Ranges = SERVED, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.ranges = ranges
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        # XLA has neither the projective transform nor JPEG.
        self.supports_jit = False

    def call(self, images: Any, *, training: bool = False) -> Any:
        if not training:
            return images
        changed = augment(images, tf.cast(self.seed_generator.next(), tf.int32), self.ranges)
        return tf.cast(tf.ensure_shape(changed, images.shape), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "ranges": self.ranges._asdict(), "seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        # JSON has no tuples.
        pairs = {key: tuple(config["ranges"][key]) for key in ("rotation", "rescale")}
        return cls(**config | {"ranges": Ranges(**config["ranges"] | pairs)})


def mixup(images: Any, targets: Any, seed: Any, alpha: float) -> tuple[Any, Any]:
    """Return each picture and target blended with those of a random row, float32, same shapes.

    The share is drawn from Beta(alpha, alpha) for each picture, as in Zhang et al., "mixup: Beyond
    Empirical Risk Minimization", ICLR 2018.

    Args:
        images: (n, height, width, 3).
        targets: (n, classes), one-hot.
        seed: two integers; it may be the seed of `augment`, since the draws are independent.
        alpha: above 0; 0.1 to 0.4 for ImageNet in the paper. Larger values mix more.
    """
    s = tf.random.split(tf.random.fold_in(seed, 1), 2)
    n = tf.shape(images)[0]
    drawn = tf.random.stateless_gamma((n, 2), s[0], alpha)
    share = tf.math.divide_no_nan(drawn[:, 0], tf.reduce_sum(drawn, 1))
    partner = tf.random.experimental.stateless_shuffle(tf.range(n), s[1])
    return (
        _blend(images, partner, share[:, None, None, None]),
        _blend(targets, partner, share[:, None]),
    )


def _blend(values: Any, partner: Any, share: Any) -> Any:
    values = tf.cast(values, tf.float32)
    other = tf.gather(values, partner)
    return other + share * (values - other)


def _compress(images: Any, seed: Any, ranges: Ranges) -> Any:
    """Compress a random share of the pictures as JPEG.

    Otherwise, the network could recognise HAM10000's public copies by their JPEG artefacts.
    """
    n = tf.shape(images)[0]
    drawn = uniform(n, seed, 0, 1) < ranges.compressed
    quality = tf.cast(uniform(n, seed + 1, 60, 95), tf.int32)

    def compressed_if_drawn(arguments: tuple[Any, Any, Any]) -> Any:
        image, is_drawn, level = arguments
        return tf.cond(is_drawn, lambda: tf.image.adjust_jpeg_quality(image, level), lambda: image)

    pixels = tf.cast(images, tf.uint8)
    return tf.map_fn(compressed_if_drawn, (pixels, drawn, quality), fn_output_signature=tf.uint8)


def _blur(x: Any, seed: Any, ranges: Ranges) -> Any:
    """Blend a random share of the pictures with a copy at a third of the resolution."""
    n = tf.shape(x)[0]
    s = tf.random.split(seed, 2)
    drawn = tf.cast(uniform(n, s[0], 0, 1, 1, 1, 1) < ranges.blurred, tf.float32)
    share = uniform(n, s[1], 0, 0.9, 1, 1, 1) * drawn
    coarse = tf.nn.avg_pool2d(x, 3, 3, "SAME")
    return x + share * (tf.image.resize(coarse, tf.shape(x)[1:3]) - x)


def _recolour(x: Any, seed: Any, ranges: Ranges) -> Any:
    n = tf.shape(x)[0]
    s = tf.random.split(seed, 4)
    if (ranges.contrast, ranges.saturation) != (1, 1):
        grey = tf.reduce_mean(x, -1, keepdims=True)
        mean = tf.reduce_mean(grey, (1, 2), keepdims=True)
        x = grey + (x - grey) * factor(n, s[1], ranges.saturation, 1, 1, 1)
        x = mean + (x - mean) * factor(n, s[0], ranges.contrast, 1, 1, 1)
    if ranges.tint != 1:
        x *= factor(n, s[2], ranges.tint, 1, 1, 3)
    if ranges.brightness:
        x += uniform(n, s[3], -255 * ranges.brightness, 255 * ranges.brightness, 1, 1, 1)
    if ranges.rescale != (1, 1):
        x *= uniform(n, s[0] + 1, *ranges.rescale, 1, 1, 1)
    return x


def _add_noise(x: Any, seed: Any, ranges: Ranges) -> Any:
    s = tf.random.split(seed, 2)
    level = uniform(tf.shape(x)[0], s[0], 0, ranges.noise, 1, 1, 1)
    return x + tf.random.stateless_normal(tf.shape(x), s[1]) * level


def _cut_out(x: Any, seed: Any, side: float) -> Any:
    """Cover a rectangle around a random point with the picture's mean colour.

    DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout",
    2017, use 0, which is the mean of their normalised pictures.
    """
    n, height, width = tf.unstack(tf.shape(x)[:3])
    centre = uniform(n, seed, 0, 1, 2, 1, 1, 1)
    rows = tf.abs(tf.linspace(0.0, 1.0, height)[:, None, None] - centre[:, 0]) < side / 2
    columns = tf.abs(tf.linspace(0.0, 1.0, width)[:, None] - centre[:, 1]) < side / 2
    return tf.where(rows & columns, tf.reduce_mean(x, (1, 2), keepdims=True), x)
