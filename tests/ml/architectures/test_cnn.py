import keras
import numpy as np
import pytest

from ml.architectures import cnn
from ml.architectures.cnn import Block, Plan


def test_the_network_maps_pictures_to_probabilities():
    model = cnn.build(Plan((Block(4, 3, 3), Block(8, 5, 4)), units=8), 24, 32)
    probabilities = np.asarray(model(np.full((2, 24, 32, 3), 255.0)))
    assert probabilities.shape == (2, 2)
    assert probabilities.sum(1) == pytest.approx(1)


def test_standardised_input_has_mean_0_and_deviation_1():
    model = cnn.build(cnn.UNTUNED, 48, 64, standardised=True)
    first_layer = keras.Model(model.input, model.layers[1].output)
    means, deviations = np.float32(cnn.MEANS), np.float32(cnn.DEVIATIONS)
    pictures = np.stack([means - deviations, means + deviations])[:, None, None]
    values = np.asarray(first_layer(np.broadcast_to(pictures, (2, 48, 64, 3))))
    assert np.allclose(values[0], -1)
    assert np.allclose(values[1], 1)


def test_the_backbone_reduces_standard_views_to_a_third_of_their_height_and_width():
    backbone = cnn.backbone(Plan((Block(4, 3, 3),), units=8), 150, 200)
    assert backbone.output_shape == (None, 8)
    assert backbone.layers[1].output.shape == (None, 50, 67, 3)


def test_deeper_adds_a_convolution_without_pooling():
    assert cnn.deeper(cnn.UNTUNED).blocks == (*cnn.UNTUNED.blocks, Block(128, 3, 1))


def test_no_pool_is_larger_than_its_feature_map():
    sequences = cnn.pools(48, 64, range(3, 6), range(1, 5))
    assert (3, 3, 3) in sequences
    assert (5, 3, 3) in sequences
    assert (5, 5, 3) not in sequences
    assert not any(len(sequence) == 4 for sequence in sequences)
    for sequence in sequences:
        blocks = tuple(Block(1, 3, pool) for pool in sequence)
        cnn.build(Plan(blocks, units=1), 48, 64)
