"""The training loop of every network. Each epoch is on disk before the next one begins.

Keras ends each `fit`, which is one epoch here, by replacing the weights with their moving averages.
So each epoch starts from the averaged weights of the one before it.

A run folder holds `state.keras` (averaged weights and the optimiser, from which an interrupted run
continues), `best.keras` (the averaged weights of the best epoch on the `valid` split),
`settings.json`, `history.csv` and `curves.png`.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from ml.data import run_settings
from ml.errors import OperatorError
from ml.training import history, memory

STATE, BEST, SETTINGS = "state.keras", "best.keras", run_settings.FILE


class Task(NamedTuple):
    """A network to train, with its batches and number of epochs."""

    begin: Callable[[], keras.Model]  # a new, compiled network
    batches: Callable[[int], tf.data.Dataset]  # an epoch's `steps` batches, by the epoch's number
    valid: Callable[[keras.Model], float]  # the figure on the `valid` split: higher is better
    epochs: int
    steps: int
    seed: int
    figure: str = "valid_auroc"  # name of the figure that `valid` returns


def auroc(scores: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the area under the ROC curve of truth (n,) and scores (n,)."""
    return float(roc_auc_score(*scores))


def fit(run: Path, settings: Mapping[str, Any], task: Task) -> None:
    """Train for `task.epochs`, less the epochs that a run in the folder has already finished.

    Raises:
        OperatorError: the run folder was begun with other settings or splits.
    """
    _check_settings(run, settings)
    memory.keep_freed()
    past = history.read(run)
    model = keras.saving.load_model(run / STATE) if past else task.begin()
    epochs = range(len(past), task.epochs)
    with tqdm(total=len(epochs) * task.steps, desc=f"training {run.name}", unit="step") as bar:
        progress = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: bar.update()
        )
        for epoch in epochs:
            _reseed(model, task.seed, epoch)
            fitted = model.fit(task.batches(epoch), verbose=0, shuffle=False, callbacks=[progress])
            reached = task.valid(model)
            if reached > history.best(past, task.figure):
                model.save(run / BEST)
            past.append({"epoch": epoch, "loss": fitted.history["loss"][0], task.figure: reached})
            _save_state(model, run)
            # The history is written last: every epoch in it has its state on disk.
            history.write(run, past)
            bar.set_postfix({task.figure: f"{reached:.4f}"})


def optimizer(
    rate: float, steps: int, *, warmup: float = 0.05, decay: float = 1e-4, averaging: float = 0.998
) -> keras.optimizers.Optimizer:
    """Return AdamW with averaged weights (EMA), a linear warm-up and a cosine decay to 0.

    The averages replace the weights only at the end of `fit`.

    Loshchilov and Hutter, "SGDR", ICLR 2017, and "Decoupled weight decay regularization", ICLR
    2019.
    """
    warm = int(steps * warmup)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm, warmup_target=rate, warmup_steps=warm
    )
    return keras.optimizers.AdamW(
        schedule, weight_decay=decay, global_clipnorm=1.0, use_ema=True, ema_momentum=averaging
    )


def _reseed(model: keras.Model, seed: int, epoch: int) -> None:
    # Keras does not save random states, so a resumed run would drop different units.
    for layer in model.layers:
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign((seed, epoch))


def _save_state(model: keras.Model, run: Path) -> None:
    # In two steps, so that a kill while writing leaves the previous state whole.
    partial = run / "partial.keras"
    model.save(partial)
    partial.replace(run / STATE)


def _check_settings(run: Path, settings: Mapping[str, Any]) -> None:
    path = run / SETTINGS
    older = {name: value for name, value in settings.items() if name != run_settings.SPLITS}
    content, content_older = (json.dumps(named, indent=2) for named in (settings, older))
    if not path.exists():
        run.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    # Older versions did not record the splits. Nobody knows them, so the file stays as it is.
    elif path.read_text() not in {content, content_older}:
        raise OperatorError(
            f"{run} was begun with other settings or splits: give another --run folder, or delete "
            "it."
        )
