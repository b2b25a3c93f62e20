import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from ml.architectures import cnn
from ml.architectures.cnn import Block, Plan
from ml.replication import run_record
from ml.replication.run_record import About, Record

TRUTH = np.array([False, False, True, True])


@pytest.fixture
def measured(tiny, monkeypatch):
    # Each run of a network takes one second.
    clock = SimpleNamespace(perf_counter=itertools.count().__next__)
    monkeypatch.setattr(run_record, "time", clock)
    model = cnn.build(Plan((Block(4, 3, 3),), units=4), 9, 12)
    scores = (TRUTH, np.array([0.1, 0.6, 0.4, 0.9]))
    return run_record.measure(
        About("CNN", "by lesion", 3, 20), [model, model], views=(4, 4), valid=scores, test=scores
    )


def test_parameters_and_time_include_every_network_and_every_view(measured):
    parameters = cnn.build(Plan((Block(4, 3, 3),), units=4), 9, 12).count_params()
    assert (measured.parameters, measured.milliseconds) == (2 * parameters, 2 * 4 * 1000)


def test_a_record_has_the_number_and_size_of_the_pictures(measured):
    assert (measured.images, measured.melanomas) == (4, 2)
    assert (measured.width, measured.height) == (12, 9)


def test_the_metrics_are_computed_from_the_scores(measured):
    assert measured.valid_auroc == 0.75
    assert measured.metrics["auroc"].value == 0.75
    assert measured.metrics["accuracy"].value == 0.5


def test_a_record_is_read_back_unchanged(measured, tmp_path):
    measured.write(tmp_path / "records" / "cnn.json")
    assert Record.read(tmp_path / "records" / "cnn.json") == measured


def test_the_roc_curve_rises():
    curve = run_record.roc(TRUTH, np.array([0.1, 0.6, 0.4, 0.9]))
    assert len(curve) == run_record.POINTS
    assert curve[-1] == 1
    assert curve[25] == 0.5
    assert list(curve) == sorted(curve)
