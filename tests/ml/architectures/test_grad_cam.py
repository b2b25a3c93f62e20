import keras
import numpy as np
import pytest

from ml.architectures import grad_cam
from ml.explanations.saliency_maps import Gradients
from ml.export import convert
from ml.export.gate_heads import Heads
from ml.export.linear_heads import Head
from ml.paths import DEFAULT_MODEL
from ml.preprocessing import network_input
from ml.preprocessing.network_input import SCALES, standard_view
from ml.serving.card import KERAS
from tests.ml.conftest import tiny_network
from tests.pictures import dermoscopy_like


def assert_agrees_with_tensorflow(model, seed):
    """Assert that the maps equal those with TensorFlow's gradient, up to a positive factor."""
    view = standard_view(dermoscopy_like(seed, (400, 300)))
    finer = grad_cam.finer_layer(model).output
    inputs, reference = network_input.averaged(view, SCALES), Gradients(model, finer, SCALES)
    layer, _ = reference.run(inputs)
    _, gradient = reference.run(inputs[-1:])
    expected = (layer * gradient.numpy().mean((1, 2), keepdims=True)).numpy().sum(-1)
    actual = grad_cam.GradCam(model)(inputs)["places"].numpy()
    assert actual.shape == (4, *finer.shape[1:3])
    factor = (actual * expected).sum() / (expected**2).sum()
    assert factor > 0
    assert actual == pytest.approx(factor * expected, abs=1e-3 * float(abs(actual).max()))


def test_maps_of_the_published_network_agree_with_tensorflows_gradient():
    assert_agrees_with_tensorflow(keras.saving.load_model(DEFAULT_MODEL / KERAS), seed=1)


@pytest.mark.usefixtures("tiny")
def test_maps_of_a_tiny_network_agree_with_tensorflows_gradient():
    head = Head(np.ones((16, 1)), np.full(1, 0.5))
    scenes = Head(np.ones((16, 5)), np.zeros(5))
    heads = Heads([scenes, scenes], head)
    assert_agrees_with_tensorflow(convert.with_heads(tiny_network(), heads), seed=2)


def test_the_gradient_of_the_log_odds_is_1_for_melanoma_and_sums_to_minus_1_for_the_others():
    gradient = grad_cam.odds_gradient(np.zeros((2, 7), np.float32)).numpy()
    assert gradient == pytest.approx([-1 / 6] * 4 + [1] + [-1 / 6] * 2)
