import numpy as np
import pytest

from ml import calibration
from ml.card import Calibration


def sample(n=5000, seed=0):
    """Log-odds that are twice too large and off by one, with their truth."""
    generator = np.random.default_rng(seed)
    honest = generator.normal(-1, 2, n)
    truth = generator.uniform(0, 1, n) < 1 / (1 + np.exp(-honest))
    return 2 * honest + 1, truth


def test_overconfidence_and_shift_are_undone():
    fitted = calibration.fit(*sample())
    assert fitted.slope == pytest.approx(0.5, abs=0.05)
    assert fitted.intercept == pytest.approx(-0.5, abs=0.1)


def test_probability_is_the_logistic_of_scaled_log_odds():
    assert Calibration(2, -1).probability(0.5) == pytest.approx(0.5)
    assert Calibration(1, 0).probability(np.array([-50.0, 50.0])) == pytest.approx([0, 1])


@pytest.mark.parametrize("sensitivity", [0.5, 0.9, 0.95, 1.0])
def test_the_threshold_reaches_its_sensitivity_and_no_more_than_needed(sensitivity):
    probability, truth = np.arange(100) / 100, np.arange(100) % 3 == 0
    threshold = calibration.threshold(probability, truth, sensitivity)
    melanomas = probability[truth]
    assert (melanomas >= threshold).mean() >= sensitivity
    assert (melanomas > threshold).mean() < sensitivity


def test_the_margin_holds_the_threshold_and_narrows_with_more_melanomas():
    few, many = np.linspace(0, 1, 30), np.linspace(0, 1, 3000)
    widths = []
    for probability in (few, many):
        truth = np.ones(len(probability), bool)
        low, high = calibration.margin(probability, truth, 0.9)
        assert low <= calibration.threshold(probability, truth, 0.9) <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 3


def bins(seed=0):
    log_odds, truth = sample(seed=seed)
    probability = calibration.fit(log_odds, truth).probability(log_odds)
    return calibration.frequencies(probability, truth), truth


def test_bins_cover_every_score_without_a_gap():
    found, _ = bins()
    assert found[0].low == 0
    assert found[-1].high == 1
    assert [b.high for b in found[:-1]] == [b.low for b in found[1:]]


def test_bins_hold_every_photo_and_enough_of_them():
    found, truth = bins()
    assert sum(b.images for b in found) == len(truth)
    assert sum(b.melanomas for b in found) == truth.sum()
    assert min(b.images for b in found) >= len(truth) // calibration.BINS


@pytest.mark.parametrize("seed", range(5))
def test_a_higher_score_never_means_a_lower_frequency(seed):
    generator = np.random.default_rng(seed)
    found = calibration.frequencies(
        generator.uniform(0, 1, 200), generator.uniform(0, 1, 200) < 0.3
    )
    rates = [b.melanomas / b.images for b in found]
    assert rates == sorted(rates)
