"""Log-odds, and those of melanoma read off the seven diagnoses."""

import numpy as np

from ml.labels import MELANOMA_INDEX

# What a network of 32 bits calls certain has log-odds of 11.5, and not without end.
LEAST = 1e-5


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) of probabilities, same shape, between -11.5 and 11.5."""
    p = np.clip(probability, LEAST, 1 - LEAST)
    result: np.ndarray = np.log(p / (1 - p))
    return result


def melanoma_log_odds(logits: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) of melanoma, (...), for softmax logits of the diagnoses, (..., 7)."""
    others = np.logaddexp.reduce(np.delete(logits, MELANOMA_INDEX, axis=-1), axis=-1)
    result: np.ndarray = logits[..., MELANOMA_INDEX] - others
    return result
