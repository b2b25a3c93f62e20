"""Turns a network's log-odds into probabilities and frequencies."""

from itertools import pairwise

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from ml.serving.card import Bin, Calibration

BINS = 10
# For Newton's method: the steps (each doubles the number of correct digits), the largest log-odds,
# and the ridge, which keeps the result finite for perfectly separable classes.
STEPS, STEEPEST, RIDGE = 12, 30, 1e-6


def fit(log_odds: np.ndarray, truth: np.ndarray, weights: np.ndarray | None = None) -> Calibration:
    """Return Platt scaling fitted to log-odds (n,) and truth (n,).

    Platt, "Probabilistic outputs for support vector machines", 1999. The slope is an inverse
    temperature. The intercept undoes the balanced sampling of training.
    """
    model = LogisticRegression(C=np.inf).fit(log_odds[:, None], truth, weights)
    return Calibration(float(model.coef_[0, 0]), float(model.intercept_[0]))


def cox(log_odds: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return slope and intercept of calibrated log-odds (n,) against the truth: ideally 1 and 0.

    Cox, "Two further applications of a model for binary regression", Biometrika 45, 1958. The
    intercept is fitted with the slope fixed at 1.
    """
    slope, _ = _newton(np.stack([log_odds, np.ones(len(log_odds))], 1), truth, 0.0)
    (intercept,) = _newton(np.ones((len(log_odds), 1)), truth, log_odds)
    return float(slope), float(intercept)


def _newton(x: np.ndarray, truth: np.ndarray, offset: np.ndarray | float) -> np.ndarray:
    """Return the coefficients of a logistic regression, finite even for separable classes."""
    coefficients = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ coefficients + offset, -STEEPEST, STEEPEST)))
        curvature = (x.T * (p * (1 - p))) @ x + RIDGE * np.eye(x.shape[1])
        coefficients = coefficients + np.linalg.solve(
            curvature, x.T @ (truth - p) - RIDGE * coefficients
        )
    return coefficients


def one_vote_each(sources: np.ndarray) -> np.ndarray:
    """Return a weight for each photo, (n,), so that all sources have the same total weight."""
    _, position, counts = np.unique(sources, return_inverse=True, return_counts=True)
    weights: np.ndarray = len(sources) / len(counts) / counts[position]
    return weights


def frequencies(probability: np.ndarray, truth: np.ndarray) -> tuple[Bin, ...]:
    """Return how often the photos of each bin show cancer.

    From one bin to the next, this frequency never falls. The photos are put into ten bins of equal
    count, by probability. Neighbouring bins with a falling frequency are pooled (isotonic
    regression by pool adjacent violators, Barlow et al., 1972). The first bin starts at 0, the last
    ends at 1.
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
