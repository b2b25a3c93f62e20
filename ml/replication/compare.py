"""Trains the baselines under one protocol and writes a record of each."""

from pathlib import Path

import keras

from ml.architectures.cnn import Plan
from ml.data.cache import Dataset
from ml.preprocessing.network_input import TURNS
from ml.replication import baselines, run_record
from ml.replication.baselines import Contender
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
    for name, contender in baselines.contenders(*tuned).items():
        target = records / f"{protocol.replace(' ', '-')}-{name}.json"
        if target.exists():
            continue
        chosen = contender._replace(epochs=1, epoch_images=64) if smoke else contender
        _measure(data, protocol, chosen, runs / name).write(target)


def _measure(data: Dataset, protocol: str, contender: Contender, run: Path) -> Record:
    model = _begin(contender, protocol)
    pictures = Pictures(data, *model.input_shape[1:3])
    steps = contender.epoch_images // contender.batch
    task = training_loop.Task(
        begin=lambda: model,
        batches=lambda epoch: pictures.batches(steps, contender.batch, (SEED, epoch)),
        valid=lambda trained: training_loop.auroc(pictures.scores(trained, "valid")),
        epochs=contender.epochs,
        steps=steps,
        seed=SEED,
    )
    knobs = {name: value for name, value in contender._asdict().items() if name != "build"}
    training_loop.fit(run, knobs | {"protocol": protocol}, task)
    best = keras.saving.load_model(run / training_loop.BEST)
    return run_record.measure(
        run_record.About(contender.title, protocol, contender.epochs, SEED),
        [best],
        views=(len(TURNS) if contender.mirrored else 1,),
        valid=pictures.scores(best, "valid", mirrored=contender.mirrored),
        test=pictures.scores(best, "test", mirrored=contender.mirrored),
    )


def _begin(contender: Contender, protocol: str) -> keras.Model:
    keras.utils.set_random_seed(SEED)
    model = contender.build(baselines.augmenting(protocol, SEED, mirrored=contender.mirrored))
    model.compile(
        training_loop.optimizer(
            contender.learning_rate,
            contender.epochs * contender.epoch_images // contender.batch,
            averaging=contender.averaging,
        ),
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    return model
