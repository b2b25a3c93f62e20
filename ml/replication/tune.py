"""Finds the best CNN in the write-up's search space (see docs/training.md), with Keras Tuner.

Every convolution has 32 to 128 filters in steps of 16 and kernels of 3 to 5; pools are 3 to 5.
There are one to three blocks. Hyperband: Li et al., JMLR 2018. Bayesian optimisation
with a Gaussian process: Snoek et al., NeurIPS 2012.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import keras
import keras_tuner
from tqdm import tqdm

from ml.architectures import cnn
from ml.architectures.cnn import Block, Plan
from ml.replication import trials
from ml.replication.small_pictures import Pictures

FILTERS, KERNELS, POOLS, DEPTHS = range(32, 129, 16), range(3, 6), range(3, 6), range(1, 4)


class Settings(NamedTuple):
    """The settings of a search."""

    search: str = "bayesian"  # or "hyperband"
    trials: int = 12  # number of Bayesian trials; Hyperband computes its own from the epochs
    epochs: int = 4  # the most epochs of a trial
    images: int = 3000  # `train` pictures in each trial, about half of them melanomas
    height: int = 48
    width: int = 64
    seed: int = 20


SMOKE = Settings(trials=2, epochs=1, images=32)


@keras.saving.register_keras_serializable("skinscreen")
class MelanomaAUROC(keras.metrics.AUC):
    """AUROC of the second column of probabilities (n, 2) against labels (n,)."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(y_true, y_pred[:, 1], sample_weight)


class Space(keras_tuner.HyperModel):
    def __init__(self, pictures: Pictures, settings: Settings, bar: "tqdm[Any]") -> None:
        super().__init__()
        self.settings, self.bar = settings, bar
        self.valid = pictures.split("valid")
        self.train = pictures.balanced(settings.images, settings.seed)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        plan = plan_of(hp, self.settings)
        keras.utils.set_random_seed(_seed(hp, self.settings.seed))
        model = cnn.build(plan, self.settings.height, self.settings.width)
        model.compile(
            keras.optimizers.Adam(1e-3),
            "sparse_categorical_crossentropy",
            metrics=[MelanomaAUROC(name="auroc")],
            jit_compile=False,
        )
        return model

    def fit(self, hp: Any, model: keras.Model, *_: Any, **options: Any) -> Any:
        # The seed depends only on the trial, so a repeated trial gives the same result.
        keras.utils.set_random_seed(_seed(hp, self.settings.seed))
        fitted = model.fit(*self.train, validation_data=self.valid, batch_size=64, **options)
        self.bar.update()
        return fitted


def _seed(hp: keras_tuner.HyperParameters, seed: int) -> int:
    return crc32(json.dumps([seed, hp.values], sort_keys=True).encode()) % 2**31


def plan_of(hp: keras_tuner.HyperParameters, settings: Settings) -> Plan:
    """Return the plan that the hyperparameters describe, and declare missing hyperparameters.

    Depth and pools are one choice among the sequences that fit the picture. So no pool can be
    larger than its feature map.
    """
    valid = cnn.pools(settings.height, settings.width, POOLS, DEPTHS)
    texts = ["-".join(map(str, sequence)) for sequence in valid]
    chosen = [int(size) for size in hp.Choice("pools", texts).split("-")]
    blocks = []
    for number in range(max(map(len, valid))):
        deep_enough = [text for text in texts if text.count("-") >= number]
        with hp.conditional_scope("pools", deep_enough):
            filters = hp.Int(f"filters_{number}", FILTERS[0], FILTERS[-1], FILTERS.step)
            kernel = hp.Int(f"kernel_{number}", KERNELS[0], KERNELS[-1])
        if number < len(chosen):
            blocks.append(Block(filters, kernel, chosen[number]))
    return Plan(tuple(blocks))


def tune(pictures: Pictures, folder: Path, record: Path, settings: Settings) -> None:
    """Search, or continue the search in `folder`, and write the results to `record`.

    `record` then holds trials.csv, trials.png, summary.txt and best.json.

    Raises:
        OperatorError: the search to continue is damaged.
    """
    trials.refuse_damaged(folder / _project(settings))
    with tqdm(desc=f"{settings.search} search", unit="trial") as bar:
        tuner = _tuner(Space(pictures, settings, bar), folder, settings)
        tuner.search(verbose=0)
    results = [trials.Trial.of(trial, settings) for trial in tuner.oracle.trials.values()]
    trials.write(results, settings, record)


def _project(settings: Settings) -> str:
    return "_".join(str(value) for value in settings)


def _tuner(space: Space, folder: Path, settings: Settings) -> keras_tuner.Tuner:
    options = {
        "objective": keras_tuner.Objective("val_auroc", "max"),
        "seed": settings.seed,
        "directory": folder,
        "project_name": _project(settings),
    }
    if settings.search == "hyperband":
        return keras_tuner.Hyperband(space, max_epochs=settings.epochs, factor=3, **options)
    return _Bayesian(space, max_trials=settings.trials, **options)


class _Bayesian(keras_tuner.BayesianOptimization):
    def run_trial(self, trial: Any, *arguments: Any, **options: Any) -> Any:
        epochs = self.hypermodel.settings.epochs
        return super().run_trial(trial, *arguments, epochs=epochs, **options)
