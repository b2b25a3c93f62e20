"""Grad-CAM at a finer layer than the last one, as a graph that LiteRT can run.

Selvaraju et al., "Grad-CAM: Visual explanations from deep networks via gradient-based
localization", ICCV 2017. LiteRT has no gradients, so the few layers between the two are run
backwards by layers that it has. Only the gradient's mean over all places is wanted, which makes
the one convolution of stride 2 among them a product.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import layers

from ml.labels import DIAGNOSES, MELANOMA_INDEX


class GradCam:
    """The map of a published model (see `convert.with_lesion_head`), from several views at once."""

    def __init__(self, published: keras.Model) -> None:
        self._finer = finer_layer(published)
        names = [layer.name for layer in published.layers]
        inner = slice(names.index(self._finer.name) + 1, names.index("pool"))
        self._tail: list[keras.Layer] = published.layers[inner]
        self._head = published.get_layer("diagnoses")
        kept = {layer.name: layer.output for layer in [self._finer, *self._tail]}
        self._forward = keras.Model(
            published.input, kept | {"logits": published.output["diagnoses"]}
        )

    def __call__(self, rgb: Any) -> dict[str, Any]:
        """Return how much each place of the finer layer speaks for melanoma, (n, rows, columns)."""
        values = self._forward(rgb)
        weights = self._channels(values)[:, None, None]
        return {"places": tf.reduce_sum(values[self._finer.name] * weights, -1)}

    def _channels(self, values: Any) -> Any:
        """Return the mean gradient of the log-odds at the finer layer, (n, channels)."""
        last = values[self._tail[-1].name]
        gradient = tf.linalg.matvec(self._head.kernel, odds_gradient(values["logits"]))
        gradients = {
            self._tail[-1].name: tf.zeros_like(last) + gradient / (last.shape[1] * last.shape[2])
        }
        for layer in reversed(self._tail[1:]):
            pulled = _pull(layer, gradients.pop(layer.name), values[layer.name])
            for source in _sources(layer):
                gradients[source] = gradients[source] + pulled if source in gradients else pulled
        first = self._tail[0]
        return tf.reduce_mean(
            gradients[first.name] * _taps(first, values[self._finer.name]), (1, 2)
        )


def finer_layer(model: keras.Model) -> keras.Layer:
    """Return the last activation that has more places than the last layer."""
    places = model.get_layer("pool").input.shape[1]
    relus = [layer for layer in model.layers if isinstance(layer, layers.ReLU)]
    return [layer for layer in relus if layer.output.shape[1] > places][-1]


def odds_gradient(logits: Any) -> Any:
    """Return the gradient, (7,), of the log-odds of melanoma at the mean of logits (n, 7)."""
    is_melanoma = tf.one_hot(MELANOMA_INDEX, len(DIAGNOSES))
    shares = tf.nn.softmax(tf.reduce_mean(logits, 0) - 1e9 * is_melanoma)
    return is_melanoma - shares


def _sources(layer: keras.Layer) -> list[str]:
    """Return the names of the layers that a layer reads."""
    inputs = layer.input if isinstance(layer.input, list) else [layer.input]
    return [tensor._keras_history.operation.name for tensor in inputs]


def _pull(layer: keras.Layer, gradient: Any, output: Any) -> Any:
    """Return the gradient at a layer's input from that at its output."""
    if isinstance(layer, layers.ReLU):
        return gradient * tf.cast((output > 0) & (output < layer.max_value), gradient.dtype)
    if isinstance(layer, layers.DepthwiseConv2D):
        # With stride 1 and odd kernels, backwards is the same with the kernel turned.
        turned = tf.reverse(layer.kernel, (0, 1))
        return tf.nn.depthwise_conv2d(gradient, turned, (1, 1, 1, 1), "SAME")
    if isinstance(layer, layers.Conv2D):
        return tf.linalg.matmul(gradient, layer.kernel[0, 0], transpose_b=True)
    return gradient  # of a sum


def _taps(layer: keras.Layer, source: Any) -> Any:
    """Return the sum of a depthwise kernel at each place, without what falls on the padding."""
    ones = tf.ones((1, *source.shape[1:]))
    strides = (1, *layer.strides, 1)
    return tf.nn.depthwise_conv2d(ones, layer.kernel, strides, "SAME")
