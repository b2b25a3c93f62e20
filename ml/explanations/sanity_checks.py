"""Checks that a map depends on what the network has learned, and not only on the picture.

Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018: other weights must give another
map.
"""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
from scipy.stats import rankdata

from ml.architectures.grad_cam import GradCam
from ml.explanations.saliency_maps import Map
from ml.serving import saliency

HEAD = ("diagnoses",)


class Correlation(NamedTuple):
    """The correlation of two signed maps."""

    pearson: float
    spearman: float


def shuffled(model: keras.Model, layers: Sequence[str], seed: int) -> keras.Model:
    """Return a copy of the model whose weights in each of these layers are in random order."""
    copy, generator = keras.models.clone_model(model), np.random.default_rng(seed)
    copy.set_weights(model.get_weights())
    for layer in map(copy.get_layer, layers):
        weights = layer.get_weights()
        layer.set_weights([generator.permuted(w.ravel()).reshape(w.shape) for w in weights])
    return copy


def drawn_by(model: keras.Model, zooms: Sequence[float]) -> Map:
    """Return a function that draws maps as workers would with this model."""
    grad_cam = GradCam(model)
    return lambda view: saliency.draw(lambda rgb: grad_cam(rgb)["places"].numpy(), view, zooms)


def correlate(first: np.ndarray, other: np.ndarray) -> Correlation:
    ranks = rankdata(first).reshape(first.shape), rankdata(other).reshape(other.shape)
    return Correlation(_pearson(first, other), _pearson(*ranks))


def _pearson(first: np.ndarray, other: np.ndarray) -> float:
    a, b = first - first.mean(), other - other.mean()
    # A constant map has no correlation.
    return float((a * b).sum() / max(np.sqrt((a**2).sum() * (b**2).sum()), 1e-30))
