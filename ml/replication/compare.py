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
from ml.training import history, training_loop

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

    `tuned` are the plans of the Bayesian search and of Hyperband. Only the baselines that
    `unmeasured` returns are trained, and an interrupted run continues.
    """
    for name, baseline in unmeasured(protocol, tuned, folders, smoke=smoke).items():
        record = _measure(data, protocol, baseline, folders[0] / name)
        record.write(_target(folders[1], protocol, name))


def unmeasured(
    protocol: str, tuned: tuple[Plan, Plan], folders: tuple[Path, Path], *, smoke: bool = False
) -> dict[str, Baseline]:
    """Return the baselines by name, without those that have a complete run and a record.

    The published records are in every checkout, without the runs, which later commands need.
    """
    every = baselines.all_baselines(*tuned)
    if smoke:
        every = {name: b._replace(epochs=1, epoch_images=64) for name, b in every.items()}
    runs, records = folders
    return {
        name: baseline
        for name, baseline in every.items()
        if len(history.read(runs / name)) != baseline.epochs
        or not _target(records, protocol, name).exists()
    }


def _target(records: Path, protocol: str, name: str) -> Path:
    return records / f"{protocol.replace(' ', '-')}-{name}.json"


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
