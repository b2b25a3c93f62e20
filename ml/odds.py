"""Melanoma read off the seven diagnoses."""

import numpy as np

from ml.labels import MELANOMA_INDEX


def melanoma_log_odds(logits: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) of melanoma, (...), for softmax logits of the diagnoses, (..., 7)."""
    others = np.logaddexp.reduce(np.delete(logits, MELANOMA_INDEX, axis=-1), axis=-1)
    result: np.ndarray = logits[..., MELANOMA_INDEX] - others
    return result
