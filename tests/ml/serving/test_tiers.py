import pytest

from ml.labels import Tier
from ml.serving import tiers
from tests.ml.cards import KIND


@pytest.mark.parametrize(
    ("urgency", "cancer", "tier"),
    [(0.4, 0.0, Tier.URGENT), (0.39, 0.2, Tier.SOON), (0.39, 0.19, Tier.WATCH)],
)
def test_a_figure_at_a_threshold_reaches_the_tier(urgency, cancer, tier):
    assert tiers.decide(KIND, urgency, cancer) is tier


@pytest.mark.parametrize(
    ("urgency", "cancer", "is_uncertain"),
    [
        (0.5, 0.2, False),
        (0.49, 0.9, True),
        (0.3, 0.9, True),
        (0.29, 0.3, False),
        (0.29, 0.29, True),
        (0.0, 0.1, True),
        (0.0, 0.09, False),
    ],
)
def test_a_figure_within_its_thresholds_interval_is_uncertain(urgency, cancer, is_uncertain):
    assert tiers.is_uncertain(KIND, urgency, cancer) == is_uncertain


@pytest.mark.parametrize(
    ("probability", "expected"), [(0, 2), (0.299, 2), (0.3, 40), (0.7, 40), (1, 40)]
)
def test_the_frequency_comes_from_the_probabilitys_bin(probability, expected):
    assert tiers.cancers_per_100(KIND, probability) == expected
