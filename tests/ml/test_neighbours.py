import keras
import numpy as np
import pytest
from keras import layers

from ml import neighbours
from ml.neighbours import MELANOMAS, OTHERS, ZOOMS, Memory

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def network(tmp_path):
    """A network of two labels that tells nothing."""
    inputs = keras.Input((12, 16, 3), name="rgb")
    means = layers.GlobalAveragePooling2D()(inputs)
    answer = layers.Dense(2, activation="softmax", kernel_initializer="zeros")(means)
    path = tmp_path / "best.keras"
    keras.Model(inputs, answer).save(path)
    return path


def test_a_picture_that_was_trained_on_is_most_alike_itself(data):
    memory = Memory(data)
    rows = data.rows("train")
    found = memory.likeness(data.pixels[rows]).reshape(-1, len(ZOOMS), MELANOMAS + OTHERS)
    nearest = np.where(data.melanoma[rows], found[..., 0].T, found[..., MELANOMAS].T)
    assert nearest == pytest.approx(1, abs=1e-4)
    assert (found[..., :MELANOMAS] >= -1.0001).all()
    assert (np.diff(found[..., :MELANOMAS]) <= 0).all()


def test_the_record_counts_network_and_memory(data, network, monkeypatch):
    monkeypatch.setattr(neighbours, "FOLDS", 2)
    record = neighbours.measure(data, network, epochs=3, seed=1)
    memory = Memory(data)
    networks = keras.saving.load_model(network).count_params() + memory.backbone.count_params()
    assert record.parameters == networks
    assert record.megabytes > memory.megabytes
    assert (record.protocol, record.epochs, record.seed) == ("original", 3, 1)
    assert record.images == len(data.rows("test"))
