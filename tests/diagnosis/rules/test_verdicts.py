import pytest

from diagnosis.rules import stored_tiers
from diagnosis.rules.urgency import Reading
from diagnosis.rules.verdicts import EARLIER, impression_of, reading_of, refers

URGENT, SOON, WATCH = Reading.URGENT, Reading.SOON, Reading.WATCH
# The meaning of "agree", "disagree" and "refer" for each tier.
TABLE = {
    "elevated": (URGENT, WATCH, URGENT),
    "urgent": (URGENT, WATCH, URGENT),
    "soon": (SOON, WATCH, SOON),
    "watch": (WATCH, SOON, SOON),
    "lower": (WATCH, SOON, SOON),
    "": (WATCH, SOON, SOON),
}


@pytest.mark.parametrize("tier", stored_tiers.COUNTS_AS)
def test_an_earlier_verdict_is_translated_by_its_tier(tier):
    assert tuple(reading_of(verdict, tier) for verdict in EARLIER) == TABLE[tier]


@pytest.mark.parametrize("tier", stored_tiers.COUNTS_AS)
@pytest.mark.parametrize("reading", Reading)
def test_todays_verdict_is_the_urgency_whatever_the_tier(reading, tier):
    assert reading_of(reading.value, tier) is reading


@pytest.mark.parametrize(
    ("finding", "reading"),
    [
        ("suspicious", SOON),
        ("unsure", SOON),
        ("not_suspicious", WATCH),
        *((grade.value, grade) for grade in Reading),
    ],
)
def test_an_impression_is_translated_to_a_reading(finding, reading):
    assert impression_of(finding) is reading


def test_urgent_and_soon_send_to_a_doctor_and_an_unusable_photo_does_not_count():
    assert [refers(reading) for reading in Reading] == [True, True, False, None]
