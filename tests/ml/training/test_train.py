import keras
import numpy as np
import pytest

from ml.data import cache
from ml.errors import OperatorError
from ml.training import history
from ml.training.train import Settings, draw_rows, train
from ml.training.training_loop import BEST, STATE
from tests.ml.conftest import tiny_world

pytestmark = pytest.mark.training
SETTINGS = Settings(epochs=3, epoch_images=8, batch=4, averaging=0.5)


class KilledError(Exception):
    pass


def kill_after(epochs, monkeypatch):
    """End the run with an error as soon as the history on disk has `epochs` rows."""
    write = history.write

    def write_and_die(run, past):
        write(run, past)
        if len(past) == epochs:
            raise KilledError

    monkeypatch.setattr(history, "write", write_and_die)


@pytest.fixture(scope="module")
def finished(cache_folder, tmp_path_factory):
    """An uninterrupted run."""
    run = tmp_path_factory.mktemp("runs") / "finished"
    with tiny_world():
        train(cache.read(cache_folder), run, SETTINGS)
    return run


def test_a_run_leaves_weights_history_and_curves(finished):
    assert {p.name for p in finished.iterdir()} == {
        BEST, STATE, "settings.json", history.TABLE, history.CURVES,
    }  # fmt: skip
    assert [row["epoch"] for row in history.read(finished)] == [0, 1, 2]


@pytest.mark.usefixtures("tiny")
def test_a_killed_run_continues_to_the_same_result(data, tmp_path, monkeypatch, finished):
    with monkeypatch.context() as patch:
        kill_after(2, patch)
        with pytest.raises(KilledError):
            train(data, tmp_path, SETTINGS)
    train(data, tmp_path, SETTINGS)
    for ours, expected in zip(history.read(tmp_path), history.read(finished), strict=True):
        assert ours == pytest.approx(expected, rel=1e-4)


@pytest.mark.usefixtures("tiny")
def test_a_finished_run_is_not_trained_again(data, finished):
    before = (finished / STATE).stat().st_mtime_ns
    train(data, finished, SETTINGS)
    assert (finished / STATE).stat().st_mtime_ns == before


def test_a_run_folder_refuses_other_settings(data, finished):
    with pytest.raises(OperatorError, match="other settings"):
        train(data, finished, SETTINGS._replace(epochs=1))


def test_a_run_is_not_continued_on_other_splits(data, finished):
    with pytest.raises(OperatorError, match="other settings or splits"):
        train(data._replace(splits=np.roll(data.splits, 2)), finished, SETTINGS)


def test_weights_to_start_from_must_exist(data, tmp_path):
    with pytest.raises(OperatorError, match="--start and --teachers take"):
        train(data, tmp_path / "run", SETTINGS._replace(start="nowhere.keras"))


def test_a_run_without_enough_valid_photos_to_choose_its_weights_is_not_begun(data, tmp_path):
    splits = np.where(data.cancer & (data.splits == "valid"), "train", data.splits)
    with pytest.raises(OperatorError, match="too few `valid` photos"):
        train(data._replace(splits=splits), tmp_path / "run", SETTINGS)
    assert not (tmp_path / "run").exists()


def test_a_source_to_leave_out_must_be_in_the_cache(data, tmp_path):
    with pytest.raises(OperatorError, match="no picture of ham-10000: --left-out takes ham10000"):
        train(data, tmp_path / "run", SETTINGS._replace(left_out=("ham-10000",)))


@pytest.mark.usefixtures("tiny")
def test_a_run_can_start_from_the_weights_of_another_run(data, finished, tmp_path):
    settings = SETTINGS._replace(epochs=1, learning_rate=0.0, start=str(finished / BEST))
    train(data, tmp_path, settings)
    best = history.best(history.read(finished), "valid_auroc")
    assert history.best(history.read(tmp_path), "valid_auroc") == pytest.approx(best)


@pytest.mark.usefixtures("tiny")
def test_a_run_can_enlarge_its_pictures_and_mix_them(data, tmp_path):
    train(data, tmp_path, SETTINGS._replace(epochs=1, mixup=0.2, ranges="strong", width=240))
    model = keras.saving.load_model(tmp_path / BEST)
    assert model.input_shape == (None, 150, 200, 3)
    assert model.get_layer("enlarge").output.shape == (None, 180, 240, 3)


@pytest.mark.usefixtures("tiny")
def test_the_tuned_cnn_is_trained_by_the_same_recipe(data, tmp_path):
    train(data, tmp_path, SETTINGS._replace(backbone="cnn", epochs=1))
    model = keras.saving.load_model(tmp_path / BEST)
    assert (model.input_shape, model.output_shape) == ((None, 150, 200, 3), (None, 8))


@pytest.mark.usefixtures("tiny")
def test_a_left_out_source_is_never_used_for_training(data, tmp_path):
    relabelled = data._replace(sources=np.where(data.diagnoses == 0, "left out", "ham10000"))
    settings = SETTINGS._replace(epochs=1, left_out=("left out",))
    drawn = draw_rows(relabelled, settings, 0)
    assert drawn.shape == (settings.steps, settings.batch)
    assert not (relabelled.sources[drawn] == "left out").any()
