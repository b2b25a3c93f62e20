import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from ml import wilson

SAMPLES = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)
@given(SAMPLES)
def test_the_interval_agrees_with_scipy(sample):
    hits, count = sample
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    assert wilson.interval(hits, count) == pytest.approx(tuple(expected), abs=1e-12)


@pytest.mark.parametrize("count", [1, 10, 10_000])
def test_an_interval_begins_at_0_for_no_hits_and_ends_at_1_for_all(count):
    assert (wilson.interval(0, count)[0], wilson.interval(count, count)[1]) == (0.0, 1.0)
