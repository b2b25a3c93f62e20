"""Trains the baselines under one protocol and writes a record of each."""

from pathlib import Path

import keras

from ml.architectures.cnn import Plan
from ml.data import run_settings
from ml.data.cache import Dataset
from ml.preprocessing.network_input import TURNS
from ml.replication import baselines, run_record
from ml.replication.baselines import Baseline
from ml.replication.run_record import Record
from ml.replication.small_pictures import Pictures
from ml.training import training_loop

SEED = 20


def compare(
    data: Dataset,
    protocol: str,
    tuned: tuple[Plan, Plan],
    folders: tuple[Path, Path],
    *,
    smoke: bool = False,
) -> None:
    """Train each baseline in `folders[0]` and write its record to `folders[1]`.

    `tuned` are the plans of the Bayesian search and of Hyperband. Baselines that have a record are
    skipped, and an interrupted run continues.
    """
    runs, records = folders
    for name, baseline in baselines.all_baselines(*tuned).items():
        target = records / f"{protocol.replace(' ', '-')}-{name}.json"
        if target.exists():
            continue
        chosen = baseline._replace(epochs=1, epoch_images=64) if smoke else baseline
        _measure(data, protocol, chosen, runs / name).write(target)


def _measure(data: Dataset, protocol: str, baseline: Baseline, run: Path) -> Record:
    model = _begin(baseline, protocol)
    pictures = Pictures(data, *model.input_shape[1:3])
    steps = baseline.epoch_images // baseline.batch
    task = training_loop.Task(
        begin=lambda: model,
        batches=lambda epoch: pictures.batches(steps, baseline.batch, (SEED, epoch)),
        valid=lambda trained: training_loop.auroc(pictures.scores(trained, "valid")),
        epochs=baseline.epochs,
        steps=steps,
        seed=SEED,
    )
    settings = {name: value for name, value in baseline._asdict().items() if name != "build"}
    settings |= {"protocol": protocol, **run_settings.of(data)}
    training_loop.fit(run, settings, task)
    best = keras.saving.load_model(run / training_loop.BEST)
    return run_record.measure(
        run_record.About(baseline.title, protocol, baseline.epochs, SEED),
        [best],
        views=(len(TURNS) if baseline.mirrored else 1,),
        valid=pictures.scores(best, "valid", mirrored=baseline.mirrored),
        test=pictures.scores(best, "test", mirrored=baseline.mirrored),
    )


def _begin(baseline: Baseline, protocol: str) -> keras.Model:
    keras.utils.set_random_seed(SEED)
    model = baseline.build(baselines.augmenting(protocol, SEED, mirrored=baseline.mirrored))
    model.compile(
        training_loop.optimizer(
            baseline.learning_rate,
            baseline.epochs * baseline.epoch_images // baseline.batch,
            averaging=baseline.averaging,
        ),
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    return model
