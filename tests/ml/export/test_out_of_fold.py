import json

import numpy as np
import pytest

from ml.errors import OperatorError
from ml.export import out_of_fold
from ml.labels import Kind
from ml.training.training_loop import BEST, SETTINGS
from tests.ml.conftest import tiny_network


@pytest.fixture
def run(tiny, tmp_path):
    tiny_network().save(tmp_path / BEST)
    (tmp_path / SETTINGS).write_text(json.dumps({"left_out": ["other"]}))
    return tmp_path


def test_photos_of_a_source_are_scored_by_the_run_that_left_it_out(data, run):
    data.sources[:4], data.kinds[:2] = "other", Kind.CAMERA
    data.splits[:4] = ["train", "valid", "train", "test"]
    scored = out_of_fold.score(data, [("other", run)])
    assert {kind: len(photos.diagnoses) for kind, photos in scored.items()} == {
        Kind.CAMERA: 2, Kind.DERMOSCOPIC: 1,
    }  # fmt: skip
    assert np.isfinite(scored[Kind.CAMERA].logits).all()
    assert scored[Kind.CAMERA].image_ids.tolist() == data.image_ids[:2]


def test_a_missing_source_is_named(data, run):
    with pytest.raises(OperatorError, match="no photos of other in the cache"):
        out_of_fold.score(data, [("other", run)])


def test_a_run_that_left_out_another_source_is_refused(data, run):
    with pytest.raises(OperatorError, match="does not say that ham10000 was left out"):
        out_of_fold.score(data, [("ham10000", run)])


def test_the_error_for_a_run_without_a_network_says_to_train(data, tmp_path):
    with pytest.raises(OperatorError, match="python -m ml train"):
        out_of_fold.score(data, [("ham10000", tmp_path)])


def test_without_runs_nothing_is_scored(data):
    assert out_of_fold.score(data, []) == {}
