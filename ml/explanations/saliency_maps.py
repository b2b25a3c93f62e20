"""Saliency maps of the standard view, (30, 40): which parts of a photo are evidence for melanoma.

A `Map` is a function that draws the map of a standard view, RGB uint8 (150, 200, 3). In a map,
values above 0 are evidence for melanoma, and values below 0 are evidence against melanoma.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from PIL import Image
from scipy.ndimage import gaussian_filter

from ml.architectures import grad_cam
from ml.labels import Diagnosis, outputs
from ml.preprocessing import network_input
from ml.preprocessing.network_input import HEIGHT, WIDTH, Pixels
from ml.serving import saliency
from ml.serving.classifier import Network
from ml.serving.odds import melanoma_log_odds
from ml.serving.saliency import COLUMNS, ROWS

IN_WORKER, IN_TRAINING = "LiteRT", "TensorFlow"
CHANNELS = 32
STEPS = 16
PATCH = 48  # px
BLUR = 8  # px, standard deviation
SPREAD = 0.25  # standard deviation of the centred Gaussian, as a share of a side

Map = Callable[[Pixels], np.ndarray]


class Candidate(NamedTuple):
    """A way to draw maps, and its runtime. A control ignores the photo and has no runtime."""

    name: str
    runtime: str
    map: Map


def candidates(network: Network, model: keras.Model, zooms: Sequence[float]) -> list[Candidate]:
    """Return every way to draw maps of a network.

    Args:
        network: the network as it is served (LiteRT).
        model: the same network as it is published (Keras).
        zooms: zooms of the averaged views.
    """
    unzoomed = [zoom for zoom in zooms if zoom == 1]
    last, finer = model.get_layer("pool").input, grad_cam.finer_layer(model).output
    return [
        Candidate("Grad-CAM at a finer layer", IN_WORKER, network.evidence),
        Candidate(
            "the same, weighed by each view", IN_TRAINING, Gradients(model, finer, zooms).grad_cam
        ),
        Candidate(
            "weighed by each view, whole views alone",
            IN_TRAINING,
            Gradients(model, finer, unzoomed).grad_cam,
        ),
        Candidate("HiResCAM at that layer", IN_TRAINING, Gradients(model, finer, zooms).hires_cam),
        Candidate(
            "class activation map (last layer)", IN_TRAINING, Gradients(model, last, zooms).grad_cam
        ),
        Candidate("Score-CAM, 32 channels", IN_TRAINING, score_cam(model, zooms)),
        Candidate(
            "integrated gradients", IN_TRAINING, Gradients(model, model.input, zooms).integrated
        ),
        Candidate("occlusion by patches", IN_WORKER, occlusion(network)),
        Candidate("control: a centred Gaussian", "", lambda _: gaussian()),
        Candidate("control: noise", "", noise(0)),
    ]


def blank(view: Pixels) -> Pixels:
    """Return a view of uniform mean colour."""
    return np.broadcast_to(view.mean((0, 1)).astype(np.uint8), view.shape)


def enlarge(coarse: np.ndarray) -> np.ndarray:
    """Return a map with a value for each pixel of the standard view, (150, 200)."""
    image = Image.fromarray(coarse.astype(np.float32))
    return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))


def shrink(fine: np.ndarray) -> np.ndarray:
    """Return a map reduced to (30, 40)."""
    image = Image.fromarray(fine.astype(np.float32))
    return np.asarray(image.resize((COLUMNS, ROWS), Image.Resampling.BOX))


def gaussian() -> np.ndarray:
    """Return a map that assumes a lesion in the middle, whatever the photo shows."""
    rows, columns = (
        np.exp(-0.5 * ((np.arange(count) + 0.5) / count / SPREAD - 0.5 / SPREAD) ** 2)
        for count in (ROWS, COLUMNS)
    )
    return np.outer(rows, columns)


def noise(seed: int) -> Map:
    """Return a function that draws noise at the last layer's resolution."""
    generator = np.random.default_rng(seed)
    return lambda _: saliency.combine(generator.normal(size=(1, 5, 7)), (1,))


def occlusion(network: Network) -> Map:
    """Return a function that draws how far the log-odds fall when a patch gets the mean colour.

    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.
    """
    rows, columns = _patches(HEIGHT, 5), _patches(WIDTH, 7)

    def draw(view: Pixels) -> np.ndarray:
        full, empty = network.score(view).log_odds, blank(view)
        drops = np.empty((len(rows), len(columns)))
        for place in np.ndindex(drops.shape):
            patched, patch = view.copy(), (rows[place[0]], columns[place[1]])
            patched[patch] = empty[patch]
            drops[place] = full - network.score(patched).log_odds
        image = Image.fromarray(drops.astype(np.float32))
        return np.asarray(image.resize((COLUMNS, ROWS), Image.Resampling.BILINEAR))

    return draw


def _patches(size: int, count: int) -> list[slice]:
    """Return patches along one side, each in the middle of one of `count` equal parts."""
    middles = (np.arange(count) + 0.5) * size / count
    return [slice(max(round(m - PATCH / 2), 0), round(m + PATCH / 2)) for m in middles]


def score_cam(model: keras.Model, zooms: Sequence[float]) -> Map:
    """Return a function that draws Score-CAM maps of the channels that vary most.

    Wang et al., "Score-CAM: Score-weighted visual explanations for convolutional neural networks",
    CVPR workshops 2020. Only the first view is used. For each channel, a copy of the view fades to
    the mean colour where the channel is weak. The copy's gain in log-odds over a blank view is the
    channel's weight.
    """
    last = keras.Model(model.input, model.get_layer("pool").input)

    def draw(view: Pixels) -> np.ndarray:
        x = network_input.averaged(view, zooms[:1])
        layer = last.predict_on_batch(x)[0]
        kept = layer[..., np.argsort(layer.std((0, 1)))[-CHANNELS:]]
        fine = [enlarge(saliency.combine(kept[None, ..., k], (1,))) for k in range(kept.shape[-1])]
        masks = np.stack(
            [(fine_map - fine_map.min()) / max(np.ptp(fine_map), 1e-6) for fine_map in fine]
        )[..., None]
        empty = x.mean((1, 2), keepdims=True)
        inputs = np.concatenate([empty + masks * (x - empty), np.broadcast_to(empty, x.shape)])
        odds = melanoma_log_odds(model.predict_on_batch(inputs)["diagnoses"])
        return shrink(np.tensordot(odds[:-1] - odds[-1], masks[..., 0], 1))

    return draw


class Gradients:
    """Maps from the gradient of the log-odds of melanoma at one layer, over all views."""

    def __init__(self, model: keras.Model, layer: Any, zooms: Sequence[float]) -> None:
        self._zooms = zooms
        self._model = keras.Model(model.input, [layer, model.output["diagnoses"]])
        self.run = tf.function(self._differentiate)

    def grad_cam(self, view: Pixels) -> np.ndarray:
        """Return the Grad-CAM map. At the last layer it equals the class activation map.

        Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016.
        """
        layer, gradient = self.run(self._inputs(view))
        weights = gradient.numpy().mean((1, 2), keepdims=True)
        return self._combine(layer.numpy() * weights)

    def hires_cam(self, view: Pixels) -> np.ndarray:
        """Return the HiResCAM map.

        Draelos and Carin, "Use HiResCAM instead of Grad-CAM", arXiv:2011.08891 (2020).
        """
        layer, gradient = self.run(self._inputs(view))
        return self._combine(layer.numpy() * gradient.numpy())

    def integrated(self, view: Pixels) -> np.ndarray:
        """Return the smoothed integrated gradients on the path from the mean colour to the photo.

        Sundararajan et al., "Axiomatic attribution for deep networks", ICML 2017.
        """
        x = self._inputs(view)
        empty = x.mean((1, 2), keepdims=True)
        shares = (np.arange(STEPS) + 0.5) / STEPS
        path = [self.run(empty + np.float32(share) * (x - empty))[1].numpy() for share in shares]
        return self._combine((x - empty) * np.mean(path, axis=0))

    def _inputs(self, view: Pixels) -> np.ndarray:
        return network_input.averaged(view, self._zooms)

    def _combine(self, maps: np.ndarray) -> np.ndarray:
        """Combine the views' maps (n, rows, columns, channels)."""
        summed = maps.sum(-1)
        if summed.shape[1] == HEIGHT:
            # `combine` samples only some pixels, and a single pixel says little.
            summed = gaussian_filter(summed, (0, BLUR, BLUR))
        return saliency.combine(summed, self._zooms)

    def _differentiate(self, x: Any) -> Any:
        """Return a layer's values and the odds' gradient, each (n, rows, columns, channels)."""
        with tf.GradientTape() as tape:
            tape.watch(x)
            layer, diagnoses = self._model(x)
            logits = tf.reduce_mean(diagnoses, 0)
            place = outputs(logits.shape[-1]).index(Diagnosis.MEL)
            melanoma = tf.one_hot(place, logits.shape[-1])
            odds = logits[place] - tf.reduce_logsumexp(logits - 1e9 * melanoma)
        return layer, tape.gradient(odds, x if layer.shape == x.shape else layer)
