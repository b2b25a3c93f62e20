"""Measures how often the gate refuses the pictures that it should, and for the right reason."""

from collections.abc import Collection, Mapping

import numpy as np

from ml.evaluation import bootstrap
from ml.labels import Kind
from ml.serving.card import Interval
from ml.serving.classifier import Classifier, Refusal
from ml.serving.gate import Scene

# The right reasons for refusing a picture, by its content.
RIGHT: Mapping[Scene, Collection[Refusal]] = {
    Scene.NO_SPOT: {Refusal.NOT_A_LESION, Refusal.TOO_SMALL},
    Scene.SEVERAL_SPOTS: {Refusal.SEVERAL_SPOTS},
    Scene.NOT_SKIN: {Refusal.NOT_SKIN, Refusal.TOO_DARK, Refusal.OVER_EXPOSED},
    Scene.SCREENSHOT: {Refusal.SCREENSHOT},
}


def measure(
    classifier: Classifier, kind: Kind, pictures: Mapping[Scene, np.ndarray]
) -> dict[str, dict[str, Interval]]:
    """Return the shares of pictures refused, and refused for the right reason, by content.

    Args:
        classifier: its card must have validated figures for the kind.
        kind: the stated kind of the pictures.
        pictures: standard views, (n, 150, 200, 3) uint8, by content.
    """
    return {
        scene.value: _shares(classifier, kind, scene, pictures[scene])
        for scene in RIGHT
        if len(pictures.get(scene, ()))
    }


def _shares(
    classifier: Classifier, kind: Kind, scene: Scene, views: np.ndarray
) -> dict[str, Interval]:
    refusals = [classifier.refusal(view, classifier.network.score(view), {kind}) for view in views]
    refused = np.array([refusal is not None for refusal in refusals])
    right = np.array([refusal in RIGHT[scene] for refusal in refusals])
    return bootstrap.intervals(
        lambda rows: {"refused": float(refused[rows].mean()), "named": float(right[rows].mean())},
        np.arange(len(refusals)),
        np.zeros(len(refusals)),
    )
