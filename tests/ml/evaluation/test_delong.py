import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ml.evaluation import delong

TRUTH = np.arange(200) % 4 == 0


def scores(*shifts):
    """Return a row of scores for each shift, which is added to positives. Some scores are tied."""
    noise = np.random.default_rng(3).normal(size=(len(shifts), len(TRUTH)))
    return np.round(noise + np.outer(shifts, TRUTH), 1)


def test_areas_equal_the_areas_under_the_curves():
    rows = scores(0, 1, 3)
    areas, _ = delong.areas(TRUTH, rows)
    assert areas == pytest.approx([roc_auc_score(TRUTH, row) for row in rows])


def test_variance_and_covariance_agree_with_the_bootstrap():
    rows = scores(1, 2)
    rows[1] += rows[0]
    _, covariance = delong.areas(TRUTH, rows)
    true, false = np.flatnonzero(TRUTH), np.flatnonzero(~TRUTH)
    random, drawn = np.random.default_rng(5), []
    for _ in range(1000):
        chosen = np.concatenate([random.choice(true, len(true)), random.choice(false, len(false))])
        drawn.append(delong.areas(TRUTH[chosen], rows[:, chosen])[0])
    assert covariance == pytest.approx(np.cov(np.array(drawn).T), rel=0.25)


def test_a_model_does_not_differ_from_itself():
    row = scores(1)
    result = delong.difference(*delong.areas(TRUTH, np.vstack([row, row])))
    assert (result.value, result.low, result.high) == pytest.approx((0, 0, 0), abs=1e-9)


def test_the_interval_of_a_better_models_difference_is_above_zero():
    result = delong.difference(*delong.areas(TRUTH, scores(3, 0.5)))
    assert 0 < result.low < result.value < result.high


def test_an_interval_is_clipped_to_possible_areas():
    result = delong.interval(0.99, 0.01)
    assert (result.low, result.high) == pytest.approx((0.794, 1))
