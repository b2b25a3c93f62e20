import numpy as np
import pytest

from ml.labels import DIAGNOSES, HAM10000_OUTPUTS, MALIGNANT, outputs
from ml.serving import odds

LOGITS = np.random.default_rng(0).normal(size=(5, 8)) * 3


def share(logits, names, order=DIAGNOSES):
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return p[..., [order.index(name) for name in names]].sum(-1)


@pytest.mark.parametrize("count", [7, 8])
def test_the_odds_of_melanoma_are_computed_from_seven_or_eight_outputs(count):
    p = share(LOGITS[:, :count], ["mel"], outputs(count))
    assert odds.melanoma_log_odds(LOGITS[:, :count]) == pytest.approx(np.log(p / (1 - p)))


def test_the_odds_of_cancer_come_from_the_summed_probability():
    p = share(LOGITS, MALIGNANT)
    assert odds.cancer_log_odds(LOGITS) == pytest.approx(np.log(p / (1 - p)))


def test_urgency_is_the_share_of_melanoma_and_squamous_cell_carcinoma():
    assert odds.urgency(LOGITS) == pytest.approx(share(LOGITS, ["mel", "scc"]))


def test_a_diagnosis_without_an_output_has_probability_zero():
    logits = odds.in_order(LOGITS[:, :7], HAM10000_OUTPUTS)
    shares = odds.softmax(logits)
    assert shares[:, DIAGNOSES.index("scc")].tolist() == [0] * 5
    assert shares.sum(1) == pytest.approx(1)
    assert shares[:, DIAGNOSES.index("nv")] == pytest.approx(
        share(LOGITS[:, :7], ["nv"], HAM10000_OUTPUTS)
    )


def test_large_logits_do_not_overflow():
    logits = np.zeros(7)
    logits[HAM10000_OUTPUTS.index("mel")] = 2000.0
    assert odds.melanoma_log_odds(logits) == pytest.approx(2000 - np.log(6))
