"""Fine-tune the network on HAM10000's train split; the valid split chooses the weights.

A run folder holds `state.keras` (weights, optimiser, averages: what a resumed run continues from),
`best.keras` (the averaged weights of the best epoch), `history.csv` and `curves.png`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from ml import architecture, augmentation, history, sampling, views
from ml.cache import Dataset
from ml.errors import OperatorError
from ml.labels import DIAGNOSES, MELANOMA_INDEX
from ml.odds import melanoma_log_odds

STATE, BEST, SETTINGS = "state.keras", "best.keras", "settings.json"


class Settings(NamedTuple):
    """Every knob of a run; the defaults trained the served model."""

    epochs: int = 14
    epoch_images: int = 8000
    batch: int = 32
    learning_rate: float = 4e-4
    weight_decay: float = 1e-4
    warmup: float = 0.05  # share of all steps
    dropout: float = 0.3
    label_smoothing: float = 0.1
    averaging: float = 0.998  # of the weights, each step (EMA)
    seed: int = 20
    start: str = ""  # a run's best.keras to go on from, instead of ImageNet's weights

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return self.epoch_images // self.batch


SMOKE = Settings(epochs=1, epoch_images=64, batch=16)


def train(data: Dataset, run: Path, settings: Settings) -> None:
    """Train for `settings.epochs`, or the rest of them if the run folder holds a begun run.

    The same settings and data give the same pictures in the same order, resumed or not.

    Raises:
        OperatorError: the run folder was begun with other settings, or weights are missing.
    """
    _check_settings(run, settings)
    past = history.read(run)
    model = keras.saving.load_model(run / STATE) if past else _begin(settings)
    epochs = range(len(past), settings.epochs)
    with tqdm(total=len(epochs) * settings.steps, desc="training", unit="step") as bar:
        progress = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: bar.update()
        )
        for epoch in epochs:
            batches = _epoch(data, settings, epoch)
            # Keras does not save dropout's random state: a resumed run would drop other units.
            model.get_layer("dropout").seed_generator.state.assign((settings.seed, epoch))
            fit = model.fit(batches, verbose=0, shuffle=False, callbacks=[progress])
            with _averaged(model):
                auroc = float(roc_auc_score(*melanoma_scores(model, data, "valid")))
                if auroc > history.best(past):
                    model.save(run / BEST)
            past.append({"epoch": epoch, "loss": fit.history["loss"][0], "valid_auroc": auroc})
            _save_state(model, run)
            # The history comes last: an epoch that it lists has its state on disk.
            history.write(run, past)
            bar.set_postfix(valid_auroc=f"{auroc:.4f}")


def melanoma_scores(model: keras.Model, data: Dataset, split: str) -> tuple[Any, Any]:
    """Return truth (n,) and log-odds of melanoma (n,) of a split, in the table's order."""
    rows = data.rows(split)
    logits = np.concatenate(
        [
            model.predict_on_batch(views.neutral_light(data.pixels[part]))
            for part in np.array_split(rows, max(len(rows) // 64, 1))
        ]
    )
    return data.diagnoses[rows] == MELANOMA_INDEX, melanoma_log_odds(logits)


def _begin(settings: Settings) -> keras.Model:
    keras.utils.set_random_seed(settings.seed)
    model = architecture.build_pretrained(settings.dropout)
    if settings.start:
        model.set_weights(keras.saving.load_model(settings.start).get_weights())
    steps = settings.epochs * settings.steps
    warmup = int(steps * settings.warmup)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=settings.learning_rate, warmup_steps=warmup
    )
    model.compile(
        keras.optimizers.AdamW(
            rate,
            weight_decay=settings.weight_decay,
            global_clipnorm=1.0,
            use_ema=True,
            ema_momentum=settings.averaging,
        ),
        keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=settings.label_smoothing
        ),
        # XLA's convolutions are 17 times slower on a CPU than oneDNN's (measured).
        jit_compile=False,
    )
    return model


def _epoch(data: Dataset, settings: Settings, epoch: int) -> tf.data.Dataset:
    """Return an epoch's batches: pictures (n, 150, 200, 3) in [0, 255] and one-hot diagnoses."""
    rows = data.rows("train")
    generator = np.random.default_rng((settings.seed, epoch))
    drawn = sampling.draw(
        data.diagnoses[rows],
        data.native_widths[rows],
        settings.steps * settings.batch,
        generator,
    )
    batches = rows[drawn].reshape(settings.steps, settings.batch)

    def gather() -> Iterator[tuple[Any, Any, Any]]:
        for step, batch in enumerate(batches):
            pixels = views.neutral_light(data.pixels[batch])
            one_hot = np.eye(len(DIAGNOSES), dtype=np.float32)[data.diagnoses[batch]]
            yield pixels, one_hot, (settings.seed + epoch, step)

    signature = (
        tf.TensorSpec((settings.batch, views.HEIGHT, views.WIDTH, 3), tf.uint8),
        tf.TensorSpec((settings.batch, len(DIAGNOSES)), tf.float32),
        tf.TensorSpec((2,), tf.int32),
    )
    pictures = tf.data.Dataset.from_generator(gather, output_signature=signature)
    pictures = pictures.map(lambda x, y, seed: (augmentation.augment(x, seed), y))
    return pictures.apply(tf.data.experimental.assert_cardinality(settings.steps)).prefetch(4)


@contextmanager
def _averaged(model: keras.Model) -> Iterator[None]:
    """Hold the averaged weights in the model for a while."""
    current = model.get_weights()
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        model.set_weights(current)


def _save_state(model: keras.Model, run: Path) -> None:
    # Two steps: a kill while writing leaves the last state whole.
    partial = run / "partial.keras"
    model.save(partial)
    partial.replace(run / STATE)


def _check_settings(run: Path, settings: Settings) -> None:
    path = run / SETTINGS
    wanted = json.dumps(settings._asdict(), indent=2)
    if path.exists() and path.read_text() != wanted:
        raise OperatorError(
            f"{run} was begun with other settings: give another --run folder, or delete it."
        )
    if settings.start and not Path(settings.start).is_file():
        raise OperatorError(f"{settings.start} is not there: --start takes a run's {BEST}.")
    run.mkdir(parents=True, exist_ok=True)
    path.write_text(wanted)
