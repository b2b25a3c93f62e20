"""Grad-CAM at a layer of higher resolution than the last layer, as a graph for LiteRT.

Selvaraju et al., "Grad-CAM: Visual explanations from deep networks via gradient-based
localization", ICCV 2017. LiteRT cannot differentiate. The gradients of the few layers after the
chosen layer are therefore computed by ordinary operations. Only the mean gradient over all
positions is needed. So the first of these layers, a convolution of stride 2, needs only a product.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import layers

from ml.labels import Diagnosis, outputs

STEEP = 1e30  # the inverse of the smallest output that counts as above 0


class GradCam:
    """The saliency map of a published model (see `convert.with_heads`), for several views at once.

    Only the last view determines the weights of the channels, so the other views run only up to the
    finer layer. The map is hardly less faithful than with all views (see docs/results.md).
    """

    def __init__(self, published: keras.Model) -> None:
        self._finer = finer_layer(published)
        # The other heads are left out, since they also read earlier layers.
        layers_ = keras.Model(published.input, published.output["diagnoses"]).layers
        names = [layer.name for layer in layers_]
        inner = slice(names.index(self._finer.name) + 1, names.index("pool"))
        self._tail: list[keras.Layer] = layers_[inner]
        self._head = published.get_layer("diagnoses")
        self._to_finer = keras.Model(published.input, self._finer.output)
        kept = {layer.name: layer.output for layer in self._tail}
        self._onwards = keras.Model(
            self._finer.output, kept | {"logits": published.output["diagnoses"]}
        )

    def __call__(self, rgb: Any) -> dict[str, Any]:
        """Return `places`, the evidence for melanoma at each position of the finer layer.

        Its shape is (n, h, w).
        """
        activations = self._to_finer(rgb)
        return {"places": tf.reduce_sum(activations * self._channels(activations[-1:]), -1)}

    def _channels(self, finer: Any) -> Any:
        """Return the mean gradient of the log-odds at the finer layer, (1, 1, 1, channels).

        The mean is over the positions of the next layer. This only changes the map's scale.
        """
        values = self._onwards(finer)
        last = values[self._tail[-1].name]
        gradient = tf.linalg.matvec(self._head.kernel, odds_gradient(values["logits"]))
        # The features are averages over positions, so all positions have the same gradient.
        places = last.shape[1] * last.shape[2]
        gradients = {self._tail[-1].name: gradient[None, None, None] / places}
        for layer in reversed(self._tail[1:]):
            addend = _input_gradient(layer, gradients.pop(layer.name), values[layer.name])
            for source in _sources(layer):
                gradients[source] = gradients[source] + addend if source in gradients else addend
        first = self._tail[0]
        return tf.reduce_mean(gradients[first.name] * _taps(first, finer), (1, 2), keepdims=True)


def finer_layer(model: keras.Model) -> keras.Layer:
    """Return the last activation that has more positions than the last layer."""
    places = model.get_layer("pool").input.shape[1]
    relus = [layer for layer in model.layers if isinstance(layer, layers.ReLU)]
    return [layer for layer in relus if layer.output.shape[1] > places][-1]


def odds_gradient(logits: Any) -> Any:
    """Return the gradient, (d,), of the log-odds of melanoma at the mean of logits (n, d)."""
    diagnoses = outputs(logits.shape[-1])
    is_melanoma = tf.one_hot(diagnoses.index(Diagnosis.MEL), len(diagnoses))
    shares = tf.nn.softmax(tf.reduce_mean(logits, 0) - 1e9 * is_melanoma)
    return is_melanoma - shares


def _sources(layer: keras.Layer) -> list[str]:
    """Return the names of the layers that a layer reads."""
    inputs = layer.input if isinstance(layer.input, list) else [layer.input]
    # Keras has no public way from a tensor to its layer.
    return [tensor._keras_history.operation.name for tensor in inputs]  # noqa: SLF001


def _input_gradient(layer: keras.Layer, gradient: Any, output: Any) -> Any:
    """Return the gradient at a layer's input from the gradient at its output."""
    if isinstance(layer, layers.ReLU):
        # The derivative of ReLU6, 1 between its limits and 0 outside, in operations that are fast
        # in LiteRT.
        distance = tf.minimum(output, layer.max_value - output)
        return gradient * tf.minimum(distance * STEEP, 1.0)
    if isinstance(layer, layers.DepthwiseConv2D):
        # With stride 1 and odd kernels, the gradient is the same convolution with the kernel
        # rotated by 180°.
        turned = tf.reverse(layer.kernel, (0, 1))
        return tf.nn.depthwise_conv2d(gradient, turned, (1, 1, 1, 1), "SAME")
    if isinstance(layer, layers.Conv2D):
        return tf.nn.conv2d(gradient, tf.transpose(layer.kernel, (0, 1, 3, 2)), 1, "SAME")
    return gradient  # the gradient of a sum


def _taps(layer: keras.Layer, source: Any) -> Any:
    """Return the sum of the depthwise weights at each position, except those on the padding."""
    ones = tf.ones((1, *source.shape[1:]))
    strides = (1, *layer.strides, 1)
    return tf.nn.depthwise_conv2d(ones, layer.kernel, strides, "SAME")
