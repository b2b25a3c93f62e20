"""Figures of merit of scored photos, each with a bootstrap confidence interval."""

import math
from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score

from ml.serving.card import Interval

ROUNDS = 1000
ECE_BINS = 10


def measure(
    truth: np.ndarray, probability: np.ndarray, threshold: float, seed: int = 0
) -> dict[str, Interval]:
    """Return each figure of merit in `figures`.

    Each has a 95 % percentile interval from 1,000 bootstrap samples, drawn within each class
    (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).

    Args:
        truth: (n,) bool, True for melanoma; both classes occur.
        probability: (n,), probability of melanoma, 0-1.
        threshold: photos at or above it count as positive.
        seed: seed of the bootstrap.
    """
    generator = np.random.default_rng(seed)
    samples = [_resample(truth, generator) for _ in range(ROUNDS)]
    result = {}
    for name, figure in figures(threshold).items():
        drawn = [figure(truth[rows], probability[rows]) for rows in samples]
        low, high = np.percentile(drawn, (2.5, 97.5))
        result[name] = Interval(
            round(figure(truth, probability), 4), round(float(low), 4), round(float(high), 4)
        )
    return result


def mean(values: np.ndarray, groups: np.ndarray, seed: int = 0) -> Interval:
    """Return the mean of values (n,) with its interval.

    The bootstrap draws whole groups, such as all photos of a lesion.
    """
    _, group = np.unique(groups, return_inverse=True)
    totals, counts = np.bincount(group, values), np.bincount(group)
    drawn = np.random.default_rng(seed).integers(len(counts), size=(ROUNDS, len(counts)))
    means = totals[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Interval(round(float(values.mean()), 4), round(float(low), 4), round(float(high), 4))


def figures(threshold: float) -> dict[str, Callable[[np.ndarray, np.ndarray], float]]:
    """Return each figure of merit as a function of truth and probability."""
    return {
        "auroc": auroc,
        "average_precision": lambda y, p: float(average_precision_score(y, p)),
        "sensitivity": lambda y, p: float((p[y] >= threshold).mean()),
        "specificity": lambda y, p: float((p[~y] < threshold).mean()),
        "sensitivity_at_90_specificity": lambda y, p: sensitivity_at(y, p, 0.9),
        "sensitivity_at_80_specificity": lambda y, p: sensitivity_at(y, p, 0.8),
        "accuracy": lambda y, p: float(((p >= threshold) == y).mean()),
        "ece": calibration_error,
        "brier": lambda y, p: float(np.square(p - y).mean()),
    }


def auroc(truth: np.ndarray, scores: np.ndarray) -> float:
    """Return the share of pairs of a positive and a negative photo that the scores order rightly.

    The computation from ranks is twenty times as fast as scikit-learn's function, which matters in
    a bootstrap.
    """
    positives = int(truth.sum())
    ranks = rankdata(scores)[truth].sum() - positives * (positives + 1) / 2
    return float(ranks / (positives * (len(truth) - positives)))


def sensitivity_at(truth: np.ndarray, probability: np.ndarray, specificity: float) -> float:
    """Return the highest sensitivity of any threshold with at least this specificity, 0-1."""
    others = np.sort(probability[~truth])
    limit = others[min(math.ceil(len(others) * specificity), len(others)) - 1]
    return float((probability[truth] > limit).mean())


def calibration_error(truth: np.ndarray, probability: np.ndarray) -> float:
    """Return the expected calibration error with ten bins of equal width, 0-1.

    Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.
    """
    bins = np.minimum((probability * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = np.bincount(bins, weights=truth - probability, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(truth))


def _resample(truth: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    classes = (np.flatnonzero(truth), np.flatnonzero(~truth))
    return np.concatenate([generator.choice(rows, len(rows)) for rows in classes])
