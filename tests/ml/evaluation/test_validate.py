import numpy as np
import pytest

from ml.errors import OperatorError
from ml.evaluation import validate
from ml.evaluation.validate import Validation
from tests.ml.conftest import tiny_network
from tests.ml.datasets import dataset

ONE = Validation("twelve epochs", "once", ("valid",), {"clinic, camera": {"cancer": 0.8}})


@pytest.mark.usefixtures("tiny")
def test_networks_are_measured_only_on_the_named_splits(tmp_path):
    tiny_network().save(tmp_path / "one.keras")
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (24, 150, 200, 3), dtype=np.uint8)
    diagnoses = np.array([0, 1] * 12)
    data = dataset(diagnoses, pixels, splits=np.repeat(["valid", "test"], 12))
    validation = validate.measure(data, [tmp_path / "one.keras"] * 2, "tiny", "mirrored", ["valid"])
    assert validation.aurocs.keys() == {"ham10000, dermoscopic"}
    assert validation.aurocs["ham10000, dermoscopic"].keys() == {"melanoma", "cancer"}


def test_a_missing_network_is_named(tmp_path):
    with pytest.raises(OperatorError, match=r"none\.keras is not there"):
        validate.measure(dataset([0]), [tmp_path / "none.keras"], "", "once", ["valid"])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("typo", "no train or valid picture of this source"),
        ("ham10000", "was left out of training"),
    ],
)
def test_training_pictures_need_a_network_that_was_trained_without_their_source(
    tmp_path, source, message
):
    (tmp_path / "one.keras").touch()
    data = dataset([0, 1]).of(source)
    with pytest.raises(OperatorError, match=message):
        validate.measure(data, [tmp_path / "one.keras"], "", "once", ["train", "valid"])


def test_too_few_pictures_are_not_measured(tmp_path):
    (tmp_path / "one.keras").touch()
    data = dataset([0, 1], splits=np.full(2, "valid"))
    with pytest.raises(OperatorError, match="too few `valid` photos"):
        validate.measure(data, [tmp_path / "one.keras"], "", "once", ["valid"])


def test_each_source_has_the_same_weight_in_the_mean():
    validation = Validation(
        "", "once", (), {"a": {"melanoma": 0.9, "cancer": 0.7}, "b": {"cancer": 0.6}}
    )
    assert validation.mean == pytest.approx(0.7)


def test_validations_are_recorded_and_shown(tmp_path):
    for title in ("first", "second"):
        validate.append(Validation(title, "once", ("valid",), ONE.aurocs), tmp_path / "v.jsonl")
    text = validate.chapter(tmp_path / "v.jsonl")
    assert "| first | valid | 0.800 | – / 0.800 |" in text
    assert "| second |" in text
