import pytest

from diagnosis.rules import tiers
from diagnosis.rules.urgency import Reading
from diagnosis.rules.verdicts import EARLIER, reading_of

URGENT, SOON, WATCH = Reading.URGENT, Reading.SOON, Reading.WATCH
# Under each tier, what "agree", "disagree" and "refer" said.
TABLE = {
    "elevated": (URGENT, WATCH, URGENT),
    "urgent": (URGENT, WATCH, URGENT),
    "soon": (SOON, WATCH, SOON),
    "watch": (WATCH, SOON, SOON),
    "lower": (WATCH, SOON, SOON),
    "": (WATCH, SOON, SOON),
}


@pytest.mark.parametrize("tier", tiers.COUNTS_AS)
def test_an_earlier_verdict_is_read_by_the_tier_that_it_was_said_of(tier):
    assert tuple(reading_of(verdict, tier) for verdict in EARLIER) == TABLE[tier]


@pytest.mark.parametrize("tier", tiers.COUNTS_AS)
@pytest.mark.parametrize("reading", Reading)
def test_a_verdict_of_today_is_the_urgency_whatever_the_tier(reading, tier):
    assert reading_of(reading.value, tier) is reading
