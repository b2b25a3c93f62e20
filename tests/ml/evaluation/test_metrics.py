import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ml.evaluation import metrics


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(metrics, "ROUNDS", 50)


@pytest.fixture(scope="module")
def scored():
    generator = np.random.default_rng(0)
    probability = generator.uniform(0, 1, 1000)
    return generator.uniform(0, 1, 1000) < probability, probability


def test_a_perfect_score_has_perfect_figures():
    truth = np.arange(100) >= 90
    result = metrics.measure(truth, truth.astype(float), threshold=0.5)
    values = {name: figure.value for name, figure in result.items()}
    assert values == {
        "auroc": 1, "average_precision": 1, "sensitivity": 1, "specificity": 1,
        "sensitivity_at_90_specificity": 1, "sensitivity_at_80_specificity": 1,
        "accuracy": 1, "ece": 0, "brier": 0,
    }  # fmt: skip


def test_intervals_contain_their_value(scored):
    for figure in metrics.measure(*scored, threshold=0.5).values():
        assert figure.low <= figure.value <= figure.high or figure.value < 0.05


def test_the_same_seed_gives_the_same_intervals(scored):
    assert metrics.measure(*scored, 0.5) == metrics.measure(*scored, 0.5)


def test_a_photo_at_the_threshold_counts_as_positive():
    figures = metrics.figures(0.5)
    truth, probability = np.array([True, False]), np.array([0.5, 0.5])
    assert figures["sensitivity"](truth, probability) == 1
    assert figures["specificity"](truth, probability) == 0


def test_calibrated_probabilities_have_a_small_calibration_error(scored):
    truth, probability = scored
    assert metrics.calibration_error(truth, probability) < 0.04
    assert metrics.calibration_error(truth, probability**3) > 0.1


def test_calibration_error_equals_the_mean_gap_computed_by_hand():
    truth = np.array([True, False, False, True])
    probability = np.array([0.15, 0.15, 0.95, 1.0])
    assert metrics.calibration_error(truth, probability) == pytest.approx((0.7 + 0.95) / 4)


@pytest.mark.parametrize(("specificity", "sensitivity"), [(1.0, 0.5), (0.75, 0.75), (0.5, 1.0)])
def test_sensitivity_at_a_specificity_equals_the_value_computed_by_hand(specificity, sensitivity):
    truth = np.array([False] * 4 + [True] * 4)
    probability = np.array([0.1, 0.2, 0.5, 0.8, 0.3, 0.6, 0.9, 0.95])
    assert metrics.sensitivity_at(truth, probability, specificity) == sensitivity


def test_the_interval_of_a_mean_is_wider_if_the_photos_show_few_lesions():
    values = np.repeat(np.random.default_rng(1).normal(size=10), 20)
    lesions, photos = np.repeat(np.arange(10), 20), np.arange(200)
    by_lesion, by_photo = metrics.mean(values, lesions), metrics.mean(values, photos)
    assert by_lesion.value == by_photo.value
    assert by_lesion.low < by_photo.low < by_photo.high < by_lesion.high


def test_auroc_from_ranks_equals_scikit_learns_with_ties():
    generator = np.random.default_rng(0)
    truth, scores = generator.uniform(0, 1, 300) < 0.2, generator.integers(0, 20, 300) / 20
    assert metrics.auroc(truth, scores) == pytest.approx(roc_auc_score(truth, scores))
