"""Measures whether the network's answer depends on the places that a map highlights.

Remove the places, the strongest first (deletion), or restore them in that order (insertion), and
follow the answer. Petsiuk, Das and Saenko, "RISE: Randomized input sampling for explanation of
black-box models", BMVC 2018.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from ml.explanations.saliency_maps import blank, enlarge
from ml.preprocessing.network_input import Pixels
from ml.serving.classifier import Network

STEPS = 8
BLUR = 10  # px of the blur that insertion starts from


class Curves(NamedTuple):
    """Mean log-odds of melanoma."""

    deletion: float  # low for a faithful map
    insertion: float  # high for a faithful map


class Course:
    """A photo whose parts are removed and restored."""

    def __init__(self, network: Network, view: Pixels) -> None:
        self._network, self._view = network, view
        self._empty = blank(view)
        image = Image.fromarray(view).filter(ImageFilter.GaussianBlur(BLUR))
        self._blurred = np.asarray(image)
        full = network.score(view).log_odds
        self._deletion_ends = full, network.score(self._empty).log_odds
        self._insertion_ends = network.score(self._blurred).log_odds, full

    def follow(self, evidence: np.ndarray) -> Curves:
        """Return the areas under both curves for a map of any size and sign."""
        ranks = np.argsort(np.argsort(-enlarge(evidence), axis=None)).reshape(self._view.shape[:2])
        limits = np.arange(1, STEPS) * ranks.size / STEPS
        removed = [self._mix(ranks < limit, self._empty, self._view) for limit in limits]
        restored = [self._mix(ranks < limit, self._view, self._blurred) for limit in limits]
        return Curves(_area(removed, self._deletion_ends), _area(restored, self._insertion_ends))

    def _mix(self, chosen: np.ndarray, new: Pixels, old: Pixels) -> float:
        return self._network.score(np.where(chosen[..., None], new, old)).log_odds


def _area(inner: list[float], ends: tuple[float, float]) -> float:
    return float(np.trapezoid([ends[0], *inner, ends[1]]) / STEPS)
