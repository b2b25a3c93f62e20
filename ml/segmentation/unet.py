"""A U-Net whose encoder is the first blocks of the classifier's backbone.

Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation",
MICCAI 2015. The encoder was trained on lesions before it sees a mask.
"""

import re
from typing import Any

import keras
from keras import layers

from ml.architectures import efficientnet
from ml.segmentation.grid import HEIGHT, WIDTH

DEEPEST = 16  # stride of the coarsest feature map in use
FILTERS = {8: 64, 4: 48, 2: 32}  # the decoder's filters by stride
BLOCK_END = re.compile(r"block\d+_(project_conv|add)")


def build() -> keras.Model:
    """Return the network: RGB in [0, 255], (n, 144, 192, 3) -> logits (n, 144, 192, 1).

    A logit above 0 means that the pixel more likely belongs to the lesion than not.
    """
    backbone = efficientnet.build(HEIGHT, WIDTH, folded=True)
    maps = _feature_maps(backbone)
    deepest = max(maps)
    x = maps.pop(deepest)
    for stride in sorted(maps, reverse=True):
        x = layers.UpSampling2D(deepest // stride, interpolation="bilinear", name=f"up{stride}")(x)
        x = layers.Concatenate(name=f"skip{stride}")([x, maps[stride]])
        for part in ("a", "b"):
            x = _convolve(x, FILTERS[stride], f"decode{stride}{part}")
        deepest = stride
    x = layers.Conv2D(1, 1, name="logit")(x)
    x = layers.UpSampling2D(deepest, interpolation="bilinear", name="lesion")(x)
    return keras.Model(backbone.input, x, name="outline")


def take_weights(model: keras.Model, start: keras.Model) -> None:
    """Copy the weights of all layers that have the same names in `start`.

    From a classifier, these are the encoder's layers; from an outline network, all layers.
    """
    names = {layer.name for layer in start.layers if layer.weights}
    for layer in model.layers:
        if layer.name in names:
            layer.set_weights(start.get_layer(layer.name).get_weights())


def _feature_maps(backbone: keras.Model) -> dict[int, Any]:
    """Return the last feature map of each stride up to `DEEPEST`."""
    ends = [layer.output for layer in backbone.layers if BLOCK_END.fullmatch(layer.name)]
    maps = {WIDTH // end.shape[2]: end for end in ends}
    return {stride: end for stride, end in maps.items() if stride <= DEEPEST}


def _convolve(x: Any, filters: int, name: str) -> Any:
    x = layers.SeparableConv2D(filters, 3, padding="same", name=name)(x)
    return layers.ReLU(6, name=f"{name}_relu")(x)
