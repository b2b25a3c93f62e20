"""From the network's log-odds to probabilities, a threshold and frequencies."""

from itertools import pairwise

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from ml.card import Bin, Calibration

BINS = 10
ROUNDS = 1000


def fit(log_odds: np.ndarray, truth: np.ndarray) -> Calibration:
    """Return Platt scaling fitted to log-odds (n,) and truth (n,).

    Platt, "Probabilistic outputs for support vector machines", 1999. The slope is the inverse of
    a temperature; the intercept undoes the balanced sampling of training.
    """
    model = LogisticRegression(C=np.inf).fit(log_odds[:, None], truth)
    return Calibration(float(model.coef_[0, 0]), float(model.intercept_[0]))


def threshold(probability: np.ndarray, truth: np.ndarray, sensitivity: float) -> float:
    """Return the highest threshold at or above which lie at least this share of melanomas."""
    melanomas = np.sort(probability[truth])
    missed = int(np.floor(len(melanomas) * (1 - sensitivity)))
    return float(melanomas[missed])


def margin(probability: np.ndarray, truth: np.ndarray, sensitivity: float) -> tuple[float, float]:
    """Return the 95 % percentile interval of `threshold`: how far chance may have moved it.

    From 1,000 bootstrap samples of the melanomas (Efron and Tibshirani, "An Introduction to the
    Bootstrap", 1993, chapter 13); the others have no say in the threshold.
    """
    generator = np.random.default_rng(0)
    melanomas = probability[truth]
    drawn = generator.choice(melanomas, (ROUNDS, len(melanomas)))
    found = [threshold(sample, np.ones(len(sample), bool), sensitivity) for sample in drawn]
    low, high = np.percentile(found, (2.5, 97.5))
    return float(low), float(high)


def frequencies(probability: np.ndarray, truth: np.ndarray) -> tuple[Bin, ...]:
    """Return how often photos scored alike were melanoma, never falling as the score rises.

    Ten bins of equal count; neighbours that would fall are pooled (isotonic regression by pool
    adjacent violators, Barlow et al., 1972). The first bin reaches down to 0, the last up to 1.
    """
    order = np.argsort(probability, kind="stable")
    position = np.empty(len(order), int)
    position[order] = np.arange(len(order)) * BINS // len(order)
    rates = np.array([truth[position == number].mean() for number in range(BINS)])
    pooled = IsotonicRegression().fit_transform(np.arange(BINS), rates)
    group = np.searchsorted(np.unique(pooled), pooled)[position]
    lows = [float(probability[group == number].min()) for number in np.unique(group)]
    edges = [0.0, *lows[1:], 1.0]
    return tuple(
        Bin(low, high, int((group == number).sum()), int(truth[group == number].sum()))
        for number, (low, high) in enumerate(pairwise(edges))
    )
