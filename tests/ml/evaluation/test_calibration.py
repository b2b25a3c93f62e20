import numpy as np
import pytest

from ml.evaluation import calibration
from ml.serving.card import Calibration


def sample(n=5000, seed=0):
    """Log-odds that are doubled and shifted by 1, with the ground truth."""
    generator = np.random.default_rng(seed)
    calibrated = generator.normal(-1, 2, n)
    truth = generator.uniform(0, 1, n) < 1 / (1 + np.exp(-calibrated))
    return 2 * calibrated + 1, truth


def test_doubled_and_shifted_log_odds_are_corrected():
    fitted = calibration.fit(*sample())
    assert fitted.slope == pytest.approx(0.5, abs=0.05)
    assert fitted.intercept == pytest.approx(-0.5, abs=0.1)


def test_probability_is_the_logistic_of_scaled_log_odds():
    assert Calibration(2, -1).probability(0.5) == pytest.approx(0.5)
    assert Calibration(1, 0).probability(np.array([-50.0, 50.0])) == pytest.approx([0, 1])


def test_each_source_has_the_same_total_weight():
    weights = calibration.one_vote_each(np.array(["a", "a", "a", "b"]))
    assert weights.tolist() == [2 / 3, 2 / 3, 2 / 3, 2]


def test_a_larger_source_does_not_dominate():
    log_odds, truth = sample()
    few, moved = slice(0, 500), slice(500, 1000)
    both = np.concatenate([log_odds, log_odds[few] + 4])
    answers = np.concatenate([truth, truth[few]])
    sources = np.repeat(["large", "small"], [len(truth), 500])
    voted = calibration.fit(both, answers, calibration.one_vote_each(sources))
    alone = [calibration.fit(log_odds, truth), calibration.fit(log_odds[moved] + 4, truth[moved])]
    middle = np.mean([fitted.intercept for fitted in alone])
    assert abs(voted.intercept - middle) < abs(calibration.fit(both, answers).intercept - middle)


def test_calibrated_odds_have_slope_one_and_intercept_zero():
    log_odds, truth = sample()
    assert calibration.cox((log_odds - 1) / 2, truth) == pytest.approx((1, 0), abs=0.1)
    slope, intercept = calibration.cox((log_odds - 1) / 2 - 1, truth)
    assert (slope, intercept) == pytest.approx((1, 1), abs=0.1)


def test_perfectly_separable_classes_have_a_finite_slope():
    slope, intercept = calibration.cox(np.array([-2.0, -1.0, 1.0, 2.0]), np.arange(4) > 1)
    assert np.isfinite([slope, intercept]).all()
    assert slope > 1


def bins(seed=0):
    log_odds, truth = sample(seed=seed)
    probability = calibration.fit(log_odds, truth).probability(log_odds)
    return calibration.frequencies(probability, truth), truth


def test_bins_cover_every_score_without_a_gap():
    result, _ = bins()
    assert result[0].low == 0
    assert result[-1].high == 1
    assert [b.high for b in result[:-1]] == [b.low for b in result[1:]]


def test_bins_hold_all_photos_and_each_bin_has_enough():
    result, truth = bins()
    assert sum(b.images for b in result) == len(truth)
    assert sum(b.cancers for b in result) == truth.sum()
    assert min(b.images for b in result) >= len(truth) // calibration.BINS


@pytest.mark.parametrize("seed", range(5))
def test_frequencies_never_fall_as_the_score_rises(seed):
    generator = np.random.default_rng(seed)
    result = calibration.frequencies(
        generator.uniform(0, 1, 200), generator.uniform(0, 1, 200) < 0.3
    )
    rates = [b.cancers / b.images for b in result]
    assert rates == sorted(rates)
