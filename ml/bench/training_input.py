"""Measures training pictures per second: our pipeline, ImageDataGenerator, and a training step.

Both pipelines read the same class folders, resize to the same size, augment in the same way, and
decode again in each epoch. The generator runs on one thread, its default. Our pipeline is measured
on all cores and on one core, and once more with the decoded pictures kept, as in training from
`ml.data.cache`.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ml.architectures import classifier_network, efficientnet
from ml.augmentation.random_changes import ORIGINAL, augment
from ml.preprocessing.network_input import HEIGHT, WIDTH

BATCH, REPETITIONS, STEPS = 32, 3, 6
CLASSES = ("first", "second")
RANGES = ORIGINAL._replace(rescale=(1 / 255, 1 / 255))


def measure(pictures: list[bytes], scratch: Path) -> dict[str, float]:
    """Return images per second of each pipeline and step: medians of three alternating runs."""
    folder = scratch / "classes"
    write_class_folders(pictures, folder)
    ways = {
        "ours": ours(folder),
        "ours_one_core": _on_one_core(ours(folder)),
        "ours_kept": ours(folder, keep=True),
        "legacy": legacy(folder),
    }
    rates = {name: partial(_rate, way) for name, way in ways.items()}
    return in_turns(rates) | _network({name: ways[name] for name in ("ours", "ours_kept")})


def in_turns(ways: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """Call the functions in turns, and return the median rate of each.

    The first turn is a warm-up and does not count.
    """
    turns = [{name: way() for name, way in ways.items()} for _ in range(1 + REPETITIONS)]
    return {name: median(turn[name] for turn in turns[1:]) for name in ways}


def write_class_folders(pictures: list[bytes], folder: Path) -> None:
    """Write the pictures alternately into two folders, since the label does not affect speed."""
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
    for n, picture in enumerate(pictures):
        (folder / CLASSES[n % 2] / f"{n:04}.jpg").write_bytes(picture)


def ours(folder: Path, *, keep: bool = False) -> tf.data.Dataset:
    """Return batches of float32 pictures (n, 150, 200, 3) in [0, 1] and labels (n,), 0 or 1."""
    files = sorted(folder.rglob("*.jpg"))
    labels = [float(CLASSES.index(file.parent.name)) for file in files]
    examples = tf.data.Dataset.from_tensor_slices(([str(file) for file in files], labels))
    if keep:
        decoded = examples.map(_read, tf.data.AUTOTUNE).cache().shuffle(len(files))
    else:
        decoded = examples.shuffle(len(files)).map(_read, tf.data.AUTOTUNE)
    batches = decoded.batch(BATCH, drop_remainder=True).enumerate()
    return batches.map(
        lambda n, batch: (augment(batch[0], tf.stack([0, n]), RANGES), batch[1]), tf.data.AUTOTUNE
    ).prefetch(tf.data.AUTOTUNE)


def _read(file: Any, label: Any) -> tuple[Any, Any]:
    picture = tf.io.decode_jpeg(tf.io.read_file(file), 3)
    # ImageDataGenerator resizes in this way by default.
    return tf.image.resize(picture, (HEIGHT, WIDTH), "nearest"), label


def _on_one_core(batches: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    options.threading.max_intra_op_parallelism = 1
    return batches.with_options(options)


def legacy(folder: Path) -> keras.utils.PyDataset:
    """Return batches of the same pictures from ImageDataGenerator."""
    generator = tf.keras.preprocessing.image.ImageDataGenerator(
        rescale=1 / 255,
        rotation_range=40,
        width_shift_range=0.2,
        height_shift_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    return generator.flow_from_directory(
        folder, (HEIGHT, WIDTH), batch_size=BATCH, class_mode="binary", classes=list(CLASSES)
    )


def _rate(batches: Any) -> float:
    """Return the rate of one epoch, in pictures a second."""
    begin, count = time.perf_counter(), 0
    # A generator's iterator is endless, so an epoch ends after `len(batches)`.
    for _, (pictures, _) in zip(range(len(batches)), batches, strict=False):
        count += len(pictures)
    return count / (time.perf_counter() - begin)


def _network(pipelines: dict[str, tf.data.Dataset]) -> dict[str, float]:
    """Return the images per second of training steps, from memory and from each pipeline."""
    model = classifier_network.with_head(
        efficientnet.build(HEIGHT, WIDTH, folded=True), dropout=0.3
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=False)
    pictures = np.zeros((BATCH, HEIGHT, WIDTH, 3), np.float32)
    labels = np.zeros(BATCH, np.float32)
    alone = tf.data.Dataset.from_tensors((pictures, labels)).repeat()
    ways = {f"network_and_{name}": batches.repeat() for name, batches in pipelines.items()}
    ways["network_alone"] = alone
    return in_turns({name: partial(_steps, model, way) for name, way in ways.items()})


def _steps(model: keras.Model, batches: tf.data.Dataset) -> float:
    begin = time.perf_counter()
    model.fit(batches, steps_per_epoch=STEPS, verbose=0, shuffle=False)
    return STEPS * BATCH / (time.perf_counter() - begin)
