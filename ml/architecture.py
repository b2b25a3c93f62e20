"""The network: a backbone and a head for the seven diagnoses."""

import keras
from keras import layers

from ml import efficientnet, pretrained
from ml.labels import DIAGNOSES
from ml.views import HEIGHT, WIDTH

NAMES = {variant: f"EfficientNet-L{variant[1:]}" for variant in efficientnet.SCALES}


def build_pretrained(dropout: float, variant: str, enlarged: int = WIDTH) -> keras.Model:
    """Return the network with ImageNet weights in its backbone, ready to be fine-tuned.

    It maps RGB in [0, 255], (n, 150, 200, 3), to logits (n, 7) in the order of
    `labels.DIAGNOSES`. Inside, pictures are enlarged to the width `enlarged`, px: more positions
    at which its filters look, no more detail.

    Raises:
        pretrained.WeightsError: the package with the weights is not installed.
    """
    return with_head(imagenet_backbone(HEIGHT, WIDTH, variant, enlarged), dropout)


def imagenet_backbone(
    height: int, width: int, variant: str = "lite0", enlarged: int = 0
) -> keras.Model:
    """Return a backbone with ImageNet weights: RGB in [0, 255] -> features (n, 1280).

    Batch normalisation is folded into the convolutions before training: batches of 32 estimate
    its statistics poorly, so it would stay fixed anyway, and without it a step is faster.

    Raises:
        pretrained.WeightsError: the package with the weights is not installed.
    """
    original = efficientnet.build(height, width, variant=variant)
    efficientnet.load(original, pretrained.imagenet_weights(variant))
    backbone = efficientnet.build(height, width, variant=variant, folded=True, enlarged=enlarged)
    efficientnet.fold(original, backbone)
    return backbone


def take_weights(model: keras.Model, source: keras.Model) -> None:
    """Set the model's weights from another's, layer by layer of the same name."""
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())


def with_head(backbone: keras.Model, dropout: float) -> keras.Model:
    """Return the backbone with dropout and one dense layer of seven logits, under its name."""
    x = layers.Dropout(dropout, name="dropout")(backbone.output)
    logits = layers.Dense(len(DIAGNOSES), name="diagnoses", dtype="float32")(x)
    return keras.Model(backbone.input, logits, name=backbone.name)
