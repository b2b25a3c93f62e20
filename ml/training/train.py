"""Fine-tunes the network on the `train` splits. The `valid` splits choose the weights."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ml.architectures import classifier_network, cnn
from ml.augmentation import random_changes, ranges
from ml.data import run_settings
from ml.data.cache import Dataset
from ml.errors import OperatorError
from ml.evaluation import valid_auroc
from ml.labels import DIAGNOSES
from ml.paths import RECORDS
from ml.preprocessing import network_input
from ml.preprocessing.network_input import HEIGHT, WIDTH
from ml.training import distillation, sampling, training_loop
from ml.training.losses import SetCrossEntropy
from ml.training.sampling import Columns

CNN = "cnn"


class Settings(NamedTuple):
    """The hyperparameters of a run."""

    epochs: int = 14
    epoch_images: int = 8000
    batch: int = 32
    learning_rate: float = 4e-4
    weight_decay: float = 1e-4
    warmup: float = 0.05  # share of all steps
    dropout: float = 0.3
    label_smoothing: float = 0.1
    averaging: float = 0.998  # the weights' exponential moving average: momentum per step
    seed: int = 20
    start: str = ""  # a .keras to start from, instead of ImageNet's weights
    teachers: tuple[str, ...] = ()  # .keras files whose averaged answers are part of the target
    mixup: float = 0.0  # alpha of mixup's Beta distribution; 0 for none
    ranges: str = "anywhere"  # strength of augmentation: a name in `ranges.BY_NAME`
    width: int = WIDTH  # px to which the network enlarges its input; the height is proportional
    backbone: str = "lite0"  # the variant of EfficientNet-Lite, or the tuned CNN
    protocol: str = "by lesion"  # or "original": the split is known to leak
    frozen: int = 0  # number of the backbone's first blocks that are frozen, with the stem
    left_out: tuple[str, ...] = ()  # sources that are not used for training

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return self.epoch_images // self.batch


SMOKE = Settings(epochs=1, epoch_images=64, batch=16)


def train(data: Dataset, run: Path, settings: Settings) -> None:
    """Train into the run folder, or continue the run in it (see `training_loop.fit`).

    The same settings and data give the same pictures in the same order, even in a resumed run.

    Raises:
        OperatorError: the run folder was begun with other settings or splits, weights are missing,
            a source to leave out is not in the cache, or there are too few `valid` photos.
    """
    _refuse_unknown(data, settings.left_out)
    # Without a figure, no weights would ever be the best.
    valid_auroc.require_figures(data.take(data.rows("valid")))
    for file in filter(None, (settings.start, *settings.teachers)):
        if not Path(file).is_file():
            raise OperatorError(f"{file} is not there: --start and --teachers take .keras files.")
    targets = distillation.targets(data, settings.teachers)
    if settings.mixup:
        targets = targets / targets.sum(-1, keepdims=True)
    task = training_loop.Task(
        begin=lambda: _begin(settings),
        batches=lambda epoch: _epoch(data, targets, settings, epoch),
        valid=lambda model: valid_auroc.mean_auroc(model, data),
        epochs=settings.epochs,
        steps=settings.steps,
        seed=settings.seed,
    )
    training_loop.fit(run, settings._asdict() | run_settings.of(data), task)


def _refuse_unknown(data: Dataset, left_out: Iterable[str]) -> None:
    sources = {*data.sources.tolist()}
    if unknown := sorted({*left_out} - sources):
        raise OperatorError(
            f"The cache holds no picture of {' or '.join(unknown)}: "
            f"--left-out takes {', '.join(sorted(sources))}."
        )


def _begin(settings: Settings) -> keras.Model:
    keras.utils.set_random_seed(settings.seed)
    model = _build(settings)
    if settings.start:
        classifier_network.take_weights(
            model, keras.saving.load_model(settings.start, compile=False)
        )
    classifier_network.freeze(model, settings.frozen)
    model.compile(
        training_loop.optimizer(
            settings.learning_rate,
            settings.epochs * settings.steps,
            warmup=settings.warmup,
            decay=settings.weight_decay,
            averaging=settings.averaging,
        ),
        _loss(settings),
        # XLA's convolutions are 17 times slower on a CPU than oneDNN's (measured).
        jit_compile=False,
    )
    return model


def _build(settings: Settings) -> keras.Model:
    if settings.backbone != CNN:
        return classifier_network.build_pretrained(
            settings.dropout, settings.backbone, settings.width
        )
    backbone = cnn.backbone(cnn.best_plan(RECORDS / "tuning" / "bayesian"), HEIGHT, WIDTH)
    return classifier_network.with_head(backbone, settings.dropout)


def _loss(settings: Settings) -> keras.losses.Loss:
    """Return the loss: for soft targets with teachers or mixup, else for sets of diagnoses."""
    if settings.teachers or settings.mixup:
        return keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=settings.label_smoothing
        )
    return SetCrossEntropy(settings.label_smoothing)


def draw_rows(data: Dataset, settings: Settings, epoch: int) -> np.ndarray:
    """Return the rows of an epoch's batches, (steps, batch)."""
    rows = data.rows("train")
    rows = rows[~np.isin(data.sources[rows], settings.left_out)]
    columns = (data.sources, data.kinds, data.diagnoses, data.lesion_ids)
    drawn = sampling.draw(
        Columns(*(column[rows] for column in columns)),
        settings.steps * settings.batch,
        np.random.default_rng((settings.seed, epoch)),
    )
    batches: np.ndarray = rows[drawn].reshape(settings.steps, settings.batch)
    return batches


def _epoch(data: Dataset, targets: np.ndarray, settings: Settings, epoch: int) -> tf.data.Dataset:
    """Return an epoch's batches: pictures (n, 150, 200, 3) in [0, 255] and targets (n, 8)."""
    batches = draw_rows(data, settings, epoch)

    def gather() -> Iterator[tuple[Any, Any, Any]]:
        for step, batch in enumerate(batches):
            pixels = network_input.neutral_light(data.pixels[batch])
            yield pixels, targets[batch], (settings.seed + epoch, step)

    def change(pixels: Any, target: Any, seed: Any) -> tuple[Any, Any]:
        pictures = random_changes.augment(pixels, seed, ranges.BY_NAME[settings.ranges])
        if not settings.mixup:
            return pictures, target
        mixed: tuple[Any, Any] = random_changes.mixup(pictures, target, seed, settings.mixup)
        return mixed

    signature = (
        tf.TensorSpec((settings.batch, network_input.HEIGHT, network_input.WIDTH, 3), tf.uint8),
        tf.TensorSpec((settings.batch, len(DIAGNOSES)), tf.float32),
        tf.TensorSpec((2,), tf.int32),
    )
    pictures = tf.data.Dataset.from_generator(gather, output_signature=signature).map(change)
    return pictures.apply(tf.data.experimental.assert_cardinality(settings.steps)).prefetch(4)
