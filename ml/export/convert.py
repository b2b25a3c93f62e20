"""Converts a trained network to the two published files: Keras and LiteRT."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from ml.architectures import classifier_network, grad_cam, litert
from ml.export.gate_heads import Heads
from ml.export.linear_heads import Head
from ml.serving.classifier import CLASSIFY, EXPLAIN

# Earlier layers still encode what distinguishes a dermatoscope from a camera (lens, light and
# grain), and one spot from several. Fine-tuning removes these facts from the last features, since
# they say nothing about a disease.
EARLIER = ("block2_add", "block4_depthwise_relu", "block7_add", "block10_depthwise_relu")


def half_precision(trained: keras.Model) -> keras.Model:
    """Return the trained network without dropout, its weights rounded to half precision.

    It maps RGB in [0, 255], (n, 150, 200, 3), to logits (n, 8). Rounded weights compress to half
    their size, and LiteRT stores the same numbers in 16 bits.
    """
    logits = trained.get_layer("diagnoses")(trained.get_layer("pool").output)
    served = keras.models.clone_model(keras.Model(trained.input, logits))
    classifier_network.take_weights(served, trained)
    served.set_weights([_rounded(weights) for weights in served.get_weights()])
    return served


def with_heads(rounded: keras.Model, heads: Heads) -> keras.Model:
    """Return the published model: the network's logits and those of `heads` for the same input.

    The outputs are `diagnoses` (n, 8), `scene` (n, 10), and `kind` (n, 1) if there is a head for
    it. `scene` has the logits of all `gate.Scene` for the first `Kind`, then those for the second.
    """
    statistics = head_inputs(rounded).output
    outputs = {"diagnoses": rounded.output, "scene": _dense("scene", heads.scenes)(statistics)}
    if heads.kind:
        outputs["kind"] = _dense("kind", [heads.kind])(statistics)
    return keras.Model(rounded.input, outputs, name="skinscreen")


def _dense(name: str, heads: Sequence[Head]) -> keras.Layer:
    kernel = np.concatenate([head.weights for head in heads], axis=1)
    layer = layers.Dense(kernel.shape[1], name=name)
    layer.build((None, len(kernel)))
    layer.set_weights([_rounded(kernel), _rounded(np.concatenate([head.bias for head in heads]))])
    return layer


def head_inputs(classifier: keras.Model) -> keras.Model:
    """Return the model that turns RGB in [0, 255] into the heads' input.

    The input consists of the features, and of the mean and the mean square of each channel of the
    layers in `EARLIER`. A network may lack some of these layers.
    """
    names = {layer.name for layer in classifier.layers}
    maps = [classifier.get_layer(name).output for name in EARLIER if name in names]
    squares = [layers.Multiply()([feature_map, feature_map]) for feature_map in maps]
    pooled = [layers.GlobalAveragePooling2D()(feature_map) for feature_map in [*maps, *squares]]
    features = classifier.get_layer("pool").output
    return keras.Model(
        classifier.input, layers.Concatenate()([features, *pooled]) if pooled else features
    )


def _rounded(weights: np.ndarray) -> np.ndarray:
    return weights.astype(np.float16).astype(np.float32)


def write_served(published: keras.Model, path: Path) -> None:
    """Convert the published model to LiteRT as workers run it, with the saliency map.

    The default signature has one more output, the `features` (n, 1280). Another signature returns
    the map (see `grad_cam.GradCam`). Weights that both signatures use are stored once.
    """
    features = {"features": published.get_layer("pool").output}
    classify = keras.Model(published.input, published.output | features)
    functions = {CLASSIFY: classify, EXPLAIN: grad_cam.GradCam(published)}
    signatures = {name: _frozen(run, published.input.shape) for name, run in functions.items()}
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(tf.Module(), folder, signatures)
        litert.convert(tf.lite.TFLiteConverter.from_saved_model(folder, [*signatures]), path)


def _frozen(run: Callable[[Any], dict[str, Any]], shape: tuple[int | None, ...]) -> Any:
    """Return the function of `rgb` with its weights as constants, since LiteRT loses variables."""
    signature = [tf.TensorSpec(shape, tf.float32, name="rgb")]
    concrete = tf.function(run, input_signature=signature).get_concrete_function()
    names = sorted(concrete.structured_outputs)
    constant = convert_variables_to_constants_v2(concrete)
    return tf.function(lambda rgb: dict(zip(names, constant(rgb), strict=True)), signature)
