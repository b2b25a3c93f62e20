import csv
import json
from typing import Any

import pytest

from ml.architectures import cnn
from ml.errors import OperatorError
from ml.replication import trials, tune
from ml.replication.small_pictures import Pictures
from ml.replication.tune import Settings

pytestmark = pytest.mark.training
SETTINGS = Settings(trials=3, epochs=1, images=16, height=9, width=12, seed=3)


class KilledError(BaseException):  # Keras Tuner catches every Exception
    pass


@pytest.fixture
def pictures(data):
    return Pictures(data, SETTINGS.height, SETTINGS.width)


def table(folder):
    with (folder / trials.TABLE).open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_killed_search_continues_to_the_same_result(pictures, tmp_path, monkeypatch):
    tune.tune(pictures, tmp_path / "whole", tmp_path / "expected", SETTINGS)
    fit, calls = tune.Space.fit, []

    def dying(self: Any, *arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KilledError
        return fit(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(tune.Space, "fit", dying)
        with pytest.raises(KilledError):
            tune.tune(pictures, tmp_path / "killed", tmp_path / "record", SETTINGS)
    tune.tune(pictures, tmp_path / "killed", tmp_path / "record", SETTINGS)
    assert table(tmp_path / "record") == table(tmp_path / "expected")


@pytest.mark.parametrize("search", ["bayesian", "hyperband"])
def test_the_record_has_every_trial_and_the_best_plan(pictures, tmp_path, search):
    settings = SETTINGS._replace(search=search, trials=2, epochs=2)
    tune.tune(pictures, tmp_path / "search", tmp_path / "record", settings)
    rows = table(tmp_path / "record")
    best = json.loads((tmp_path / "record" / cnn.BEST).read_text())
    assert best["auroc"] == pytest.approx(max(float(row["valid_auroc"]) for row in rows), abs=1e-3)
    assert (tmp_path / "record" / trials.PLOT).stat().st_size > 10_000
    assert "conv2d" in (tmp_path / "record" / trials.SUMMARY).read_text()
    plan = cnn.best_plan(tmp_path / "record")
    cnn.build(plan, settings.height, settings.width)
    assert all(block.filters in tune.FILTERS for block in plan.blocks)


def test_the_error_for_a_search_with_a_truncated_file_names_the_file(pictures, tmp_path):
    tune.tune(pictures, tmp_path / "search", tmp_path / "record", SETTINGS._replace(trials=1))
    (oracle,) = (tmp_path / "search").rglob("oracle.json")
    oracle.write_bytes(oracle.read_bytes()[:100])
    with pytest.raises(OperatorError, match=f"{oracle} is empty or truncated"):
        tune.tune(pictures, tmp_path / "search", tmp_path / "record", SETTINGS._replace(trials=1))


@pytest.mark.parametrize("content", ["", '{"plan": {"blo', "{}"])
def test_the_error_for_a_truncated_record_names_the_file(tmp_path, content):
    (tmp_path / cnn.BEST).write_text(content)
    with pytest.raises(OperatorError, match=r"best\.json is empty or truncated"):
        cnn.best_plan(tmp_path)
