import json

import keras
import pytest
import tensorflow as tf

from ml.data import run_settings
from ml.errors import OperatorError
from ml.training import history, training_loop


def task(epochs=3, scores=(0.9, 0.6, 0.7)):
    """Return the task to train one weight until the network answers 1.

    `scores` are the AUROCs on the `valid` split that the task reports.
    """
    remaining = iter(scores)

    def begin():
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(training_loop.optimizer(0.1, 12), "mse", jit_compile=False)
        return model

    batch = tf.data.Dataset.from_tensors((tf.ones((2, 1)), tf.ones((2, 1)))).repeat(4)
    return training_loop.Task(
        begin, lambda epoch: batch, lambda model: next(remaining), epochs, 4, seed=1
    )


def test_the_weights_of_the_best_epoch_are_kept(tmp_path):
    training_loop.fit(tmp_path, {}, task(epochs=1))
    first = keras.saving.load_model(tmp_path / training_loop.BEST).get_weights()
    training_loop.fit(tmp_path, {}, task(epochs=3, scores=(0.6, 0.7)))
    best = keras.saving.load_model(tmp_path / training_loop.BEST).get_weights()
    assert all((a == b).all() for a, b in zip(first, best, strict=True))


def test_the_state_too_holds_the_averaged_weights(tmp_path):
    training_loop.fit(tmp_path, {}, task(epochs=1))
    files = (training_loop.STATE, training_loop.BEST)
    state, best = (keras.saving.load_model(tmp_path / file).get_weights() for file in files)
    assert all((a == b).all() for a, b in zip(state, best, strict=True))


def test_a_run_continues_where_it_ended(tmp_path):
    training_loop.fit(tmp_path, {}, task(epochs=2))
    training_loop.fit(tmp_path, {}, task(epochs=3, scores=(0.7,)))
    assert [row["epoch"] for row in history.read(tmp_path)] == [0, 1, 2]


def test_a_run_folder_refuses_other_settings_and_keeps_its_own(tmp_path):
    training_loop.fit(tmp_path, {"rate": 1}, task(epochs=1))
    with pytest.raises(OperatorError, match="begun with other settings"):
        training_loop.fit(tmp_path, {"rate": 2}, task(epochs=1))
    assert json.loads((tmp_path / training_loop.SETTINGS).read_text()) == {"rate": 1}


def test_a_run_of_an_older_version_continues_without_recorded_splits(tmp_path):
    training_loop.fit(tmp_path, {"rate": 1}, task(epochs=1))
    splits = {run_settings.SPLITS: "checksum"}
    training_loop.fit(tmp_path, {"rate": 1, **splits}, task(epochs=2))
    assert len(history.read(tmp_path)) == 2
    with pytest.raises(OperatorError, match="begun with other settings"):
        training_loop.fit(tmp_path, {"rate": 2, **splits}, task(epochs=2))
    assert json.loads((tmp_path / training_loop.SETTINGS).read_text()) == {"rate": 1}


def test_the_learning_rate_warms_up_and_falls_to_zero():
    optimizer, rates = training_loop.optimizer(0.1, 100, warmup=0.1), []
    for step in (0, 10, 100):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    assert rates == pytest.approx([0, 0.1, 0], abs=1e-6)
