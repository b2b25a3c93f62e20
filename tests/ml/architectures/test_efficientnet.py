import json
from pathlib import Path

import keras
import numpy as np
import pytest

from ml.architectures import efficientnet, pytorch_weights

REFERENCE = Path(__file__).with_name("efficientnet_lite0_logits.json")


@pytest.fixture
def imagenet():
    return pytorch_weights.imagenet_weights("lite0")


def drawn_picture():
    """The picture that the reference logits belong to. Any framework can draw it again."""
    y, x, channel = np.meshgrid(*map(np.arange, (224, 224, 3)), indexing="ij")
    shades = x * (channel + 1) + y * (3 - channel) + (x * y) // (16 * (channel + 1))
    return (shades % 256).astype(np.float32)


def test_logits_equal_those_of_the_original_implementation(imagenet):
    backbone = efficientnet.build(224, 224)
    efficientnet.load(backbone, imagenet)
    features = backbone.predict_on_batch(drawn_picture()[None])[0]
    logits = imagenet["_fc.weight"] @ features + imagenet["_fc.bias"]
    assert logits == pytest.approx(json.loads(REFERENCE.read_text())["logits"], abs=1e-4)


def randomised(model):
    """Give every weight and batch statistic a distinct value, so that a mix-up would show."""
    generator = np.random.default_rng(0)
    model.set_weights([generator.uniform(0.2, 1, w.shape) for w in model.get_weights()])
    return model


def test_a_larger_variant_loads_its_own_weights():
    # `load` fails if a width differs, and the counts below differ if the depth does.
    backbone = efficientnet.build(64, 64, variant="lite2")
    weights = pytorch_weights.imagenet_weights("lite2")
    efficientnet.load(backbone, weights)
    counted = {"running_mean", "running_var", "weight", "bias"}
    used = [w for n, w in weights.items() if n.rpartition(".")[2] in counted and "_fc" not in n]
    assert backbone.count_params() == sum(array.size for array in used)


@pytest.mark.usefixtures("tiny")
def test_folding_keeps_the_features_of_a_network():
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
