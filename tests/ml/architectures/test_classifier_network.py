import keras
import numpy as np
import pytest

from ml.architectures import classifier_network
from ml.labels import DIAGNOSES, HAM10000_OUTPUTS
from tests.ml.conftest import tiny_backbone, tiny_network

pytestmark = pytest.mark.usefixtures("tiny")
PICTURE = np.full((1, 150, 200, 3), 120.0, np.float32)


def seven_outputs():
    backbone = tiny_backbone()
    logits = keras.layers.Dense(len(HAM10000_OUTPUTS), name=classifier_network.HEAD)(
        backbone.output
    )
    return keras.Model(backbone.input, logits)


def test_weights_for_seven_diagnoses_can_be_loaded_into_a_network_for_eight():
    source, model = seven_outputs(), tiny_network()
    classifier_network.take_weights(model, source)
    expected = dict(zip(HAM10000_OUTPUTS, source.predict_on_batch(PICTURE)[0], strict=True))
    logits = dict(zip(DIAGNOSES, model.predict_on_batch(PICTURE)[0], strict=True))
    assert {name: logits[name] for name in expected} == pytest.approx(expected, abs=1e-5)
    assert logits["scc"] == pytest.approx(
        expected["akiec"] - classifier_network.BIAS_REDUCTION, abs=1e-5
    )


def test_a_published_network_is_read_without_the_gates_heads(tmp_path):
    trained = tiny_network()
    scene = keras.layers.Dense(2, name="scene")(trained.get_layer("pool").output)
    outputs = {classifier_network.HEAD: trained.output, "scene": scene}
    keras.Model(trained.input, outputs).save(tmp_path / "published.keras")
    logits = classifier_network.read(tmp_path / "published.keras").predict_on_batch(PICTURE)
    assert logits == pytest.approx(trained.predict_on_batch(PICTURE), abs=1e-5)


def test_frozen_blocks_and_the_stem_are_not_trainable():
    model = tiny_network()
    classifier_network.freeze(model, 1)
    frozen = {layer.name for layer in model.layers if not layer.trainable}
    assert {"stem_conv", "block0_depthwise_conv"} <= frozen
    assert not [name for name in frozen if name.startswith(("block1_", "head_", "diagnoses"))]


def test_no_block_is_frozen_by_default():
    model = tiny_network()
    classifier_network.freeze(model, 0)
    assert all(layer.trainable for layer in model.layers)
