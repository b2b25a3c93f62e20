"""Log-odds, and the probabilities of groups of diagnoses from a network's outputs."""

from collections.abc import Collection, Sequence

import numpy as np

from ml.labels import DIAGNOSES, FAST_GROWING, MALIGNANT, Diagnosis, outputs

# The least distance of a probability from 0 and 1. It limits log-odds to 11.5, so that rounding to
# 32 bits does not make them infinite.
LEAST = 1e-5
# The logit of a diagnosis that the network has no output for: a probability of 0.
ABSENT = -1e9


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) of probabilities, same shape, between -11.5 and 11.5."""
    p = np.clip(probability, LEAST, 1 - LEAST)
    result: np.ndarray = np.log(p / (1 - p))
    return result


def in_order(logits: np.ndarray, order: Sequence[Diagnosis]) -> np.ndarray:
    """Return logits (..., 8) as in `DIAGNOSES`, from logits (..., n) with the columns `order`."""
    result = np.full((*logits.shape[:-1], len(DIAGNOSES)), ABSENT)
    result[..., [DIAGNOSES.index(diagnosis) for diagnosis in order]] = logits
    return result


def odds_of(members: Collection[Diagnosis], logits: np.ndarray) -> np.ndarray:
    """Return the log-odds, (...), that the diagnosis is one of `members`, for logits (..., 8)."""
    inside = np.array([diagnosis in members for diagnosis in DIAGNOSES])
    result: np.ndarray = np.logaddexp.reduce(logits[..., inside], -1) - np.logaddexp.reduce(
        logits[..., ~inside], -1
    )
    return result


def melanoma_log_odds(logits: np.ndarray) -> np.ndarray:
    """Return the log-odds of melanoma, (...), for a network's logits, (..., 7) or (..., 8)."""
    return odds_of((Diagnosis.MEL,), in_order(logits, outputs(logits.shape[-1])))


def cancer_log_odds(logits: np.ndarray) -> np.ndarray:
    """Return the log-odds of cancer (`MALIGNANT`), (...), for logits (..., 8)."""
    return odds_of(MALIGNANT, logits)


def urgency(logits: np.ndarray) -> np.ndarray:
    """Return the probability of melanoma or squamous cell carcinoma, (...), for logits (..., 8)."""
    result: np.ndarray = 1 / (1 + np.exp(-odds_of(FAST_GROWING, logits)))
    return result


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of logits, same shape. They add up to 1 along the last axis."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    result: np.ndarray = powers / powers.sum(-1, keepdims=True)
    return result
