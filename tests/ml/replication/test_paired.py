import numpy as np
import pytest

from ml.errors import OperatorError
from ml.evaluation import bootstrap
from ml.replication import paired
from ml.replication.paired import Paired
from ml.serving.card import KERAS
from tests.ml.conftest import tiny_network
from tests.ml.datasets import dataset


@pytest.fixture
def photos():
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (24, 150, 200, 3), dtype=np.uint8)
    return dataset(np.array([0, 1] * 12), pixels, splits=np.repeat(["valid", "test"], 12))


@pytest.mark.usefixtures("tiny")
def test_a_network_does_not_differ_from_itself(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 20)
    tiny_network().save(tmp_path / KERAS)
    pair = paired.measure(photos, tmp_path, tmp_path / KERAS, "valid")
    assert pair.images == 12
    for figure in (pair.differences["melanoma"], pair.differences["cancer"]):
        assert (figure.low, figure.value, figure.high) == (0, 0, 0)
    pair.write(tmp_path / "paired.json")
    assert Paired.read(tmp_path / "paired.json") == pair


def test_the_error_names_a_missing_network(photos, tmp_path):
    with pytest.raises(OperatorError, match=r"model\.keras is not there"):
        paired.measure(photos, tmp_path, tmp_path / "other.keras", "valid")
