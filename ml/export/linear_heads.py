"""Linear heads on a network's features: regularised multinomial logistic regression."""

from typing import NamedTuple, Self

import numpy as np
from sklearn.linear_model import LogisticRegression

# Inverse strengths of regularisation to choose from.
STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)
MIN_SCALE = 1e-4  # least standard deviation of a feature; the last layer's features are 0 to 6
MAX_STEPS = 500
BINARY = 2
NEVER = -1000.0  # the logit of a class without pictures


class Head(NamedTuple):
    """A linear map from features (n, d) to logits (n, k): features @ weights + bias.

    With two classes there is a single logit, for the second class.
    """

    weights: np.ndarray  # (d, k)
    bias: np.ndarray  # (k,)

    def logits(self, features: np.ndarray) -> np.ndarray:
        scores: np.ndarray = features @ self.weights + self.bias
        return scores


class Examples(NamedTuple):
    """n pictures as a head's input.

    Classes have equal weight, and so have the strata in a class.
    """

    features: np.ndarray  # (n, d)
    classes: np.ndarray  # (n,), from 0
    strata: np.ndarray  # (n,), names of sources, or of ways in which pictures were made

    @classmethod
    def joined(cls, *parts: Self) -> Self:
        return cls(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    @property
    def weights(self) -> np.ndarray:
        """Return a weight for each picture, (n,), with a mean of 1."""
        pairs = np.array([f"{a} {b}" for a, b in zip(self.classes, self.strata, strict=True)])
        _, first, place, counts = np.unique(
            pairs, return_index=True, return_inverse=True, return_counts=True
        )
        strata_of_class = np.bincount(self.classes[first])
        shares = 1 / counts[place] / strata_of_class[self.classes]
        result: np.ndarray = shares / shares.mean()
        return result


def fit(train: Examples, valid: Examples, classes: int = 2) -> Head:
    """Return the head that was fitted to `train` and has the lowest log loss on `valid`."""
    fitted = [_fit(train, strength, classes) for strength in STRENGTHS]
    return min(fitted, key=lambda head: log_loss(head, valid))


def log_loss(head: Head, examples: Examples) -> float:
    """Return the weighted mean of -log p, where p is the probability of a picture's class."""
    logits = head.logits(examples.features)
    if logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], 1)
    of_class = logits[np.arange(len(logits)), examples.classes]
    losses = np.logaddexp.reduce(logits, 1) - of_class
    return float(np.average(losses, weights=examples.weights))


def _fit(train: Examples, strength: float, classes: int) -> Head:
    # A feature that hardly varies would get a weight beyond half precision.
    mean, scale = train.features.mean(0), np.maximum(train.features.std(0), MIN_SCALE)
    model = LogisticRegression(C=strength, max_iter=MAX_STEPS)
    model.fit((train.features - mean) / scale, train.classes, train.weights)
    rows, bias = _all_classes(model, classes)
    weights = rows.T / scale[:, None]
    return Head(weights, bias - mean @ weights)


def _all_classes(model: LogisticRegression, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and a bias for each class; with two classes, only those of the second.

    A class without examples is never the answer.
    """
    rows, bias = model.coef_, model.intercept_
    if classes == BINARY:
        return rows, bias
    if len(rows) == 1:
        rows, bias = np.stack([0 * rows[0], rows[0]]), np.array([0, bias[0]])
    weights, biases = np.zeros((classes, rows.shape[1])), np.full(classes, NEVER)
    weights[model.classes_], biases[model.classes_] = rows, bias
    return weights, biases
