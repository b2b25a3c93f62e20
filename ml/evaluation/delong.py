"""DeLong's intervals for the AUROCs of models that scored the same photos.

DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver
operating characteristic curves", Biometrics 44, 1988. Computed by ranks as in Sun and Xu, "Fast
implementation of DeLong's algorithm", IEEE Signal Processing Letters 21, 2014.
"""

import math

import numpy as np

from ml.serving.card import Interval

# Half the width of a 95 % interval, in standard errors.
HALF_WIDTH = 1.96


def areas(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the models' AUROCs, shape (models,), and their covariance, shape (models, models).

    Args:
        truth: (n,) bool; each class occurs at least twice.
        scores: (models, n); higher scores mean that the truth is more likely True.
    """
    positives, negatives = scores[:, truth], scores[:, ~truth]
    ranks = _ranks(scores)
    m, n = positives.shape[1], negatives.shape[1]
    # For each photo: the share of the other class's photos that are ranked on its correct side.
    of_positives = (ranks[:, truth] - _ranks(positives)) / n
    of_negatives = 1 - (ranks[:, ~truth] - _ranks(negatives)) / m
    return of_positives.mean(1), np.atleast_2d(np.cov(of_positives) / m + np.cov(of_negatives) / n)


def interval(value: float, variance: float, low: float = 0, high: float = 1) -> Interval:
    """Return a value with its 95 % interval, clipped to the possible values."""
    margin = HALF_WIDTH * math.sqrt(variance)
    return Interval(value, max(low, value - margin), min(high, value + margin))


def difference(areas_: np.ndarray, covariance: np.ndarray) -> Interval:
    """Return the first model's area minus the second's, with its interval."""
    contrast = np.array([1, -1])
    variance = float(contrast @ covariance @ contrast)
    return interval(float(contrast @ areas_), max(0.0, variance), low=-1)


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Return each row's ranks from 1. Equal scores share their mean rank."""
    return np.array([_midranks(row) for row in scores])


def _midranks(row: np.ndarray) -> np.ndarray:
    _, position, counts = np.unique(row, return_inverse=True, return_counts=True)
    middle: np.ndarray = np.cumsum(counts) - (counts - 1) / 2
    return middle[position]
