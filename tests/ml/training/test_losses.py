import keras
import numpy as np
import pytest

from ml.training.losses import SetCrossEntropy

LOGITS = np.array([[2.0, 0.5, -1.0, 0.0]], np.float32)
P = np.exp(LOGITS[0]) / np.exp(LOGITS[0]).sum()


def loss(possible, smoothing=0.0):
    return float(SetCrossEntropy(smoothing)(np.array([possible], np.float32), LOGITS))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_single_possible_diagnosis_costs_the_ordinary_cross_entropy(smoothing):
    reference = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    target = np.array([[0, 1, 0, 0]], np.float32)
    assert loss([0, 1, 0, 0], smoothing) == pytest.approx(
        float(reference(target, LOGITS)), abs=1e-5
    )


def test_a_set_of_diagnoses_costs_the_negative_log_of_its_probability():
    assert loss([1, 0, 0, 1]) == pytest.approx(-np.log(P[0] + P[3]), abs=1e-6)


def test_the_configuration_of_the_loss_keeps_its_smoothing():
    config = SetCrossEntropy(0.2).get_config()
    assert SetCrossEntropy.from_config(config).label_smoothing == 0.2
