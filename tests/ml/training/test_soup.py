import keras
import numpy as np
import pytest

from ml.errors import OperatorError
from ml.training import soup
from ml.training.training_loop import BEST
from tests.ml.conftest import tiny_network


def head(model):
    return model.get_layer("diagnoses").get_weights()[0]


@pytest.mark.usefixtures("tiny")
def test_each_weight_is_the_average_over_the_networks(tmp_path):
    networks = [tiny_network(), tiny_network()]
    files = [tmp_path / f"{number}.keras" for number in range(2)]
    for network, file in zip(networks, files, strict=True):
        network.save(file)
    soup.write(files, tmp_path / "run")
    mixed = keras.saving.load_model(tmp_path / "run" / BEST)
    assert np.allclose(head(mixed), np.mean([head(n) for n in networks], axis=0))


@pytest.mark.usefixtures("tiny")
def test_networks_can_be_averaged_with_different_shares(tmp_path):
    networks = [tiny_network(), tiny_network()]
    files = [tmp_path / f"{number}.keras" for number in range(2)]
    for network, file in zip(networks, files, strict=True):
        network.save(file)
    soup.write(files, tmp_path / "run", [0.75, 0.25])
    mixed = keras.saving.load_model(tmp_path / "run" / BEST)
    first, second = map(head, networks)
    assert np.allclose(head(mixed), 0.75 * first + 0.25 * second, atol=1e-6)
    with pytest.raises(OperatorError, match="2 networks need as many --shares"):
        soup.write(files, tmp_path / "run", [0.75])


def test_the_error_names_a_missing_network(tmp_path):
    with pytest.raises(OperatorError, match=r"nowhere\.keras is not there"):
        soup.write([tmp_path / "nowhere.keras"], tmp_path / "run")


@pytest.mark.usefixtures("tiny")
def test_networks_with_different_layers_cannot_be_averaged(tmp_path):
    inputs = keras.Input((4,))
    files = [tmp_path / "a.keras", tmp_path / "b.keras"]
    tiny_network().save(files[0])
    keras.Model(inputs, keras.layers.Dense(7, name="other")(inputs)).save(files[1])
    with pytest.raises(OperatorError, match="differ in a layer"):
        soup.write(files, tmp_path / "run")
