"""Trains the outline network on HAM10000's masks. The `valid` split chooses the weights."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ml.augmentation import random_changes, ranges, warp
from ml.data import run_settings
from ml.data.cache import Dataset
from ml.errors import OperatorError
from ml.preprocessing import network_input
from ml.segmentation import lesion_masks, scenes, unet
from ml.segmentation.grid import HEIGHT, WIDTH
from ml.segmentation.scenes import Scene
from ml.training import training_loop


class Settings(NamedTuple):
    """The settings of a run."""

    epochs: int = 14
    epoch_images: int = 8000
    batch: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    averaging: float = 0.995  # momentum of the weights' exponential moving average, per step
    hairy: float = 0.3  # share of pictures with drawn hairs
    vignetted: float = 0.25  # share of pictures darkened around a disc, as through a tube
    beside: float = 0.06  # share of pictures beside a second one
    elsewhere: float = 0.06  # share of pictures without skin
    bare: float = 0.06  # share of pictures cut to a corner without a lesion, if any
    seed: int = 20
    # The .keras file to start from: an outliner, or a classifier, which starts only the encoder.
    start: str = ""

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return self.epoch_images // self.batch


SMOKE = Settings(epochs=1, epoch_images=32, batch=8)

APPEARANCE = ranges.STRONG._replace(
    rotation=(0.0, 0.0),
    zoom=1.0,
    stretch=1.0,
    width_shift=0.0,
    height_shift=0.0,
    vertical_flip=False,
    cutout=0.0,
)
GEOMETRY = ranges.STILL._replace(
    rotation=(0.0, 360.0),
    zoom=1.6,
    stretch=1.4,
    width_shift=0.15,
    height_shift=0.15,
    vertical_flip=True,
    fill_mode="reflect",
)


class Pool(NamedTuple):
    """The data set, its masks (n, 144, 192), and pictures without skin."""

    data: Dataset
    masks: np.ndarray
    others: np.ndarray  # standard views of other things, (m, 150, 200, 3)

    def scene(self, row: int) -> Scene:
        """Return a picture of the data set with its mask."""
        return scenes.plain(self.data.pixels[row], self.masks[row])


def train(pool: Pool, run: Path, settings: Settings) -> None:
    """Train into the run folder, or continue the run in it (see `training_loop.fit`).

    Raises:
        OperatorError: the run folder was begun with other settings or splits, or the file
            `settings.start` is missing.
    """
    if settings.start and not Path(settings.start).is_file():
        raise OperatorError(f"{settings.start} is not there: --start takes a .keras file.")
    task = training_loop.Task(
        begin=lambda: _begin(settings),
        batches=lambda epoch: epoch_batches(pool, settings, epoch),
        valid=lambda model: valid_dice(model, pool),
        figure="valid_dice",
        epochs=settings.epochs,
        steps=settings.steps,
        seed=settings.seed,
    )
    training_loop.fit(run, settings._asdict() | run_settings.of(pool.data), task)


def valid_dice(model: keras.Model, pool: Pool) -> float:
    """Return the mean Dice coefficient of the `valid` pictures, at the network's size."""
    rows = pool.data.rows("valid")
    scores = []
    for part in np.array_split(rows, max(len(rows) // 32, 1)):
        pixels = np.stack([pool.scene(row).pixels for row in part])
        answer = np.asarray(model.predict_on_batch(network_input.neutral_light(pixels)))[..., 0] > 0
        truth = pool.masks[part] > lesion_masks.HALF
        overlap = (answer & truth).sum((1, 2))
        scores.append(2 * overlap / np.maximum(answer.sum((1, 2)) + truth.sum((1, 2)), 1))
    return float(np.concatenate(scores).mean())


@keras.saving.register_keras_serializable("skinscreen")
class OutlineLoss(keras.losses.Loss):
    """The mean cross-entropy of a picture's pixels, plus (1 minus its soft Dice coefficient).

    Milletari, Navab and Ahmadi, "V-Net", 3DV 2016, section 3 (without the squares). The mean over
    pictures gives small lesions the same weight as large ones. `call` takes masks (n, height,
    width, 1) in [0, 1] and logits of the same shape, and returns (n,).
    """

    def call(self, truth: Any, logits: Any) -> Any:
        pixels = keras.losses.binary_crossentropy(truth, logits, from_logits=True)
        p = ops.sigmoid(logits)
        overlap, total = ops.sum(p * truth, (1, 2, 3)), ops.sum(p + truth, (1, 2, 3))
        return ops.mean(pixels, (1, 2)) + 1 - (2 * overlap + 1) / (total + 1)


def _begin(settings: Settings) -> keras.Model:
    keras.utils.set_random_seed(settings.seed)
    model = unet.build()
    if settings.start:
        unet.take_weights(model, keras.saving.load_model(settings.start, compile=False))
    model.compile(
        training_loop.optimizer(
            settings.learning_rate,
            settings.epochs * settings.steps,
            decay=settings.weight_decay,
            averaging=settings.averaging,
        ),
        OutlineLoss(),
        # XLA's convolutions are 17 times slower on a CPU than oneDNN's (measured).
        jit_compile=False,
    )
    return model


def epoch_batches(pool: Pool, settings: Settings, epoch: int) -> tf.data.Dataset:
    """Return an epoch's batches of pictures and masks.

    Pictures are (n, 144, 192, 3) in [0, 255], and masks (n, 144, 192, 1) in [0, 1].
    """
    generator = np.random.default_rng((settings.seed, epoch))
    rows = pool.data.rows("train")
    drawn = generator.permutation(np.resize(generator.permutation(rows), settings.epoch_images))
    batches = drawn.reshape(settings.steps, settings.batch)

    def gather() -> Iterator[tuple[Any, Any]]:
        for step, batch in enumerate(batches):
            composed = [draw_scene(pool, row, settings, generator) for row in batch]
            pixels = network_input.neutral_light(np.stack([scene.pixels for scene in composed]))
            masks = np.stack([scene.mask for scene in composed])[..., None]
            yield np.concatenate([pixels, masks], -1), (settings.seed + epoch, step)

    signature = (
        tf.TensorSpec((settings.batch, HEIGHT, WIDTH, 4), tf.uint8),
        tf.TensorSpec((2,), tf.int32),
    )
    pictures = tf.data.Dataset.from_generator(gather, output_signature=signature).map(_change)
    return pictures.apply(tf.data.experimental.assert_cardinality(settings.steps)).prefetch(4)


def draw_scene(pool: Pool, row: int, settings: Settings, generator: np.random.Generator) -> Scene:
    scene = pool.scene(row)
    kind = generator.random()
    if kind < settings.beside:
        scene = scenes.beside(scene, pool.scene(generator.choice(pool.data.rows("train"))))
    elif kind < settings.beside + settings.elsewhere:
        scene = scenes.without_lesion(pool.others[generator.integers(len(pool.others))])
    elif kind < settings.beside + settings.elsewhere + settings.bare:
        scene = scenes.bare_skin(scene) or scene
    if generator.random() < settings.hairy:
        scene = scenes.hairy(scene, generator)
    if generator.random() < settings.vignetted:
        scene = scenes.vignetted(scene, generator)
    return scene


def _change(both: Any, seed: Any) -> tuple[Any, Any]:
    """Turn, zoom and shift picture and mask alike, and change the picture's colours and noise."""
    moved = tf.ensure_shape(warp.warp(tf.cast(both, tf.float32), seed, GEOMETRY), both.shape)
    pictures = random_changes.augment(moved[..., :3], seed + 1, APPEARANCE)
    return tf.ensure_shape(pictures, moved[..., :3].shape), moved[..., 3:] / 255
