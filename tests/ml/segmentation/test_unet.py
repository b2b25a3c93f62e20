import keras
import numpy as np
import pytest

from ml.segmentation import unet
from ml.segmentation.grid import HEIGHT, WIDTH


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(2)
    return unet.build()


def test_a_picture_becomes_logits_of_the_same_size(model):
    picture = np.random.default_rng(1).integers(0, 256, (1, HEIGHT, WIDTH, 3))
    logits = model.predict_on_batch(picture.astype(np.float32))
    assert (logits.shape, logits.dtype) == ((1, HEIGHT, WIDTH, 1), np.float32)
    assert logits.std() > 0


def test_the_network_is_small_enough_to_ship(model):
    assert 2 * model.count_params() < 5e6


def test_the_encoder_starts_with_the_classifiers_weights(model):
    first = next(layer for layer in model.layers if layer.weights)
    start = keras.models.clone_model(keras.Model(model.input, first.output))
    start.set_weights([np.full(w.shape, 0.25, np.float32) for w in start.get_weights()])
    head = model.get_layer("logit").get_weights()[0].copy()
    unet.take_weights(model, start)
    assert all((weights == 0.25).all() for weights in first.get_weights())
    assert (model.get_layer("logit").get_weights()[0] == head).all()
