"""The classifier's network: a backbone, and a head for the diagnoses."""

from os import PathLike

import keras
import numpy as np
from keras import layers

from ml.architectures import efficientnet, pytorch_weights
from ml.labels import DIAGNOSES, HAM10000_OUTPUTS, Diagnosis
from ml.preprocessing.network_input import HEIGHT, WIDTH

HEAD = "diagnoses"
# If a network lacks the output for a diagnosis, this output starts as a copy of the output for the
# most similar diagnosis, with a lower bias.
MOST_SIMILAR = {Diagnosis.SCC: Diagnosis.AKIEC}
BIAS_REDUCTION = 2.0

NAMES = {variant: f"EfficientNet-L{variant[1:]}" for variant in efficientnet.SCALES}


def build_pretrained(dropout: float, variant: str, enlarged: int = WIDTH) -> keras.Model:
    """Return the network with ImageNet weights in its backbone, ready to be fine-tuned.

    It maps RGB in [0, 255], (n, 150, 200, 3), to logits (n, 8) in the order of `labels.DIAGNOSES`.
    Inside, pictures are enlarged to the width `enlarged`, px. The filters then look at more
    positions, though not at more detail.

    Raises:
        pytorch_weights.WeightsError: the package with the weights is not installed.
    """
    return with_head(imagenet_backbone(HEIGHT, WIDTH, variant, enlarged), dropout)


def imagenet_backbone(
    height: int, width: int, variant: str = "lite0", enlarged: int = 0
) -> keras.Model:
    """Return a backbone with ImageNet weights: RGB in [0, 255] -> features (n, 1280).

    Batch normalisation is folded into the convolutions before training. Its statistics would stay
    fixed anyway, since batches of 32 estimate them poorly. Folding makes a training step faster.

    Raises:
        pytorch_weights.WeightsError: the package with the weights is not installed.
    """
    original = efficientnet.build(height, width, variant=variant)
    efficientnet.load(original, pytorch_weights.imagenet_weights(variant))
    backbone = efficientnet.build(height, width, variant=variant, folded=True, enlarged=enlarged)
    efficientnet.fold(original, backbone)
    return backbone


def read(file: str | PathLike[str]) -> keras.Model:
    """Return a .keras file's network: RGB in [0, 255], (n, 150, 200, 3) -> logits (n, diagnoses).

    A published file has further heads, for the gate and the kind of photo. They are left out.
    """
    whole = keras.saving.load_model(file, compile=False)
    return keras.Model(whole.input, whole.get_layer(HEAD).output)


def take_weights(model: keras.Model, source: keras.Model) -> None:
    """Copy weights from another model, between layers of the same name.

    The other model may have only HAM10000's seven diagnoses (see `MOST_SIMILAR`).
    """
    for layer in model.layers:
        if layer.weights:
            weights = source.get_layer(layer.name).get_weights()
            if layer.name == HEAD and weights[0].shape[-1] == len(HAM10000_OUTPUTS):
                weights = [_widened(values) for values in weights]
            layer.set_weights(weights)


def _widened(values: np.ndarray) -> np.ndarray:
    """Return a head's kernel or bias extended from seven diagnoses to eight."""
    by_name = {name: values[..., position] for position, name in enumerate(HAM10000_OUTPUTS)}
    is_bias = values.ndim == 1
    columns = [
        by_name[diagnosis]
        if diagnosis in by_name
        else by_name[MOST_SIMILAR[diagnosis]] - BIAS_REDUCTION * is_bias
        for diagnosis in DIAGNOSES
    ]
    return np.stack(columns, axis=-1)


def freeze(model: keras.Model, blocks: int) -> None:
    """Freeze the stem and the backbone's first `blocks` blocks. With 0, nothing is frozen."""
    names = ("stem_", *(f"block{number}_" for number in range(blocks))) if blocks else ()
    for layer in model.layers:
        if layer.name.startswith(names):
            layer.trainable = False


def with_head(backbone: keras.Model, dropout: float) -> keras.Model:
    """Return the backbone with dropout and a dense layer of logits, under the backbone's name."""
    x = layers.Dropout(dropout, name="dropout")(backbone.output)
    logits = layers.Dense(len(DIAGNOSES), name=HEAD, dtype="float32")(x)
    return keras.Model(backbone.input, logits, name=backbone.name)
