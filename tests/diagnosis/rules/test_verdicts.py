import pytest

from diagnosis.rules import stored_tiers
from diagnosis.rules.urgency import Reading
from diagnosis.rules.verdicts import EARLIER, impression_of, reading_of, refers

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


@pytest.mark.parametrize("tier", stored_tiers.COUNTS_AS)
def test_an_earlier_verdict_is_read_by_the_tier_that_it_was_said_of(tier):
    assert tuple(reading_of(verdict, tier) for verdict in EARLIER) == TABLE[tier]


@pytest.mark.parametrize("tier", stored_tiers.COUNTS_AS)
@pytest.mark.parametrize("reading", Reading)
def test_a_verdict_of_today_is_the_urgency_whatever_the_tier(reading, tier):
    assert reading_of(reading.value, tier) is reading


@pytest.mark.parametrize(
    ("finding", "reading"),
    [
        ("suspicious", SOON),
        ("unsure", SOON),
        ("not_suspicious", WATCH),
        *((one.value, one) for one in Reading),
    ],
)
def test_an_impression_is_on_the_same_scale(finding, reading):
    assert impression_of(finding) is reading


def test_urgent_and_soon_send_to_a_doctor_and_an_unusable_photo_says_nothing():
    assert [refers(one) for one in Reading] == [True, True, False, None]
