import json

import numpy as np
import pytest

from ml.data import run_settings
from ml.errors import OperatorError
from tests.ml.datasets import dataset


@pytest.fixture
def write(tmp_path):
    """Return a function that writes the settings of a run and returns its folder."""

    def write_settings(name, **settings):
        (tmp_path / name).mkdir()
        (tmp_path / name / run_settings.FILE).write_text(json.dumps(settings))
        return tmp_path / name

    return write_settings


def test_a_run_is_bound_to_its_pictures_and_their_splits(write):
    data = dataset([0, 1, 2])
    moved = data._replace(splits=np.array(["train", "train", "test"]))
    run, older = write("run", **run_settings.of(data)), write("older", epochs=3)
    for accepted, same in ((run, data), (run, data.take(np.array([2, 0, 1]))), (older, moved)):
        run_settings.require_splits(accepted, same)
    for other in (moved, dataset([0, 1])):
        with pytest.raises(OperatorError, match="trained on other pictures or splits"):
            run_settings.require_splits(run, other)


def test_a_run_must_have_left_out_the_source(write, tmp_path):
    run = write("run", left_out=["clinic"], start="nowhere/best.keras")
    run_settings.require_left_out(run, "clinic")
    for other, source in ((run, "phone"), (write("older"), "clinic"), (tmp_path, "clinic")):
        with pytest.raises(OperatorError, match=f"{other} does not say that {source} was left out"):
            run_settings.require_left_out(other, source)


@pytest.mark.parametrize("use", [lambda file: {"start": file}, lambda file: {"teachers": [file]}])
def test_the_run_that_a_run_started_or_learned_from_must_have_left_out_the_source_too(write, use):
    first = write("first", left_out=[])
    run = write("run", left_out=["clinic"], **use(str(first / "best.keras")))
    with pytest.raises(OperatorError, match=f"{first} does not say"):
        run_settings.require_left_out(run, "clinic")


def test_a_run_may_start_from_a_network_in_its_own_folder(write, tmp_path):
    run = write("run", left_out=["clinic"], start=str(tmp_path / "run" / "best.keras"))
    run_settings.require_left_out(run, "clinic")
    with pytest.raises(OperatorError, match=f"{run} does not say that phone was left out"):
        run_settings.require_left_out(run, "phone")
