import numpy as np
import pytest

from ml.labels import MELANOMA_INDEX
from ml.odds import melanoma_log_odds


def test_log_odds_are_those_of_the_softmax():
    logits = np.random.default_rng(0).normal(size=(5, 7)) * 3
    p = np.exp(logits[:, MELANOMA_INDEX]) / np.exp(logits).sum(1)
    assert melanoma_log_odds(logits) == pytest.approx(np.log(p / (1 - p)))


def test_large_logits_do_not_overflow():
    logits = np.zeros(7)
    logits[MELANOMA_INDEX] = 2000.0
    assert melanoma_log_odds(logits) == pytest.approx(2000 - np.log(6))
