"""The network: a backbone and a head for the seven diagnoses."""

import keras
from keras import layers

from ml import efficientnet, pretrained
from ml.labels import DIAGNOSES
from ml.views import HEIGHT, WIDTH

NAME = "EfficientNet-Lite0"
FIRST_TUNED = "block3_expand_conv"


def build_pretrained(dropout: float) -> keras.Model:
    """Return the network with ImageNet weights in its backbone, ready to be fine-tuned.

    It maps RGB in [0, 255], (n, 150, 200, 3), to logits (n, 7) in the order of
    `labels.DIAGNOSES`.

    Fixed stay batch normalisation (batches of 32 estimate its statistics poorly) and the first
    blocks, which see edges and colours of any photograph. Both together make a training step on
    a CPU more than twice as fast (measured).

    Raises:
        pretrained.WeightsError: the package with the weights is not installed.
    """
    backbone = efficientnet.build(HEIGHT, WIDTH)
    efficientnet.load(backbone, pretrained.imagenet_weights())
    names = [layer.name for layer in backbone.layers]
    for position, layer in enumerate(backbone.layers):
        early = position < names.index(FIRST_TUNED)
        layer.trainable = not (early or isinstance(layer, layers.BatchNormalization))
    return with_head(backbone, dropout)


def with_head(backbone: keras.Model, dropout: float) -> keras.Model:
    """Return the backbone with dropout and one dense layer of seven logits."""
    x = layers.Dropout(dropout, name="dropout")(backbone.output)
    logits = layers.Dense(len(DIAGNOSES), name="diagnoses", dtype="float32")(x)
    return keras.Model(backbone.input, logits, name="classifier")
