from itertools import product

import pytest

from diagnosis import reading_plan
from diagnosis.models import Review


@pytest.mark.parametrize(
    ("tier", "verdicts", "due"),
    [
        # Nobody has read it yet: one reads what the model calls lower, two what it calls elevated.
        ("lower", "", 1),
        ("elevated", "", 2),
        # The first agrees with the model ...
        ("lower", "agree", 0),
        ("elevated", "agree", 1),
        ("elevated", "refer", 1),
        # ... or sees it otherwise: a second reader.
        ("lower", "disagree", 1),
        ("lower", "refer", 1),
        ("elevated", "disagree", 1),
        # Two who find the same are enough; if they differ, a third settles it, and nobody after.
        ("lower", "refer disagree", 0),
        ("elevated", "agree refer", 0),
        ("lower", "refer agree", 1),
        ("elevated", "agree disagree", 1),
        ("elevated", "agree disagree agree", 0),
        ("lower", "refer agree disagree", 0),
        # A photo that cannot be judged says nothing of the model.
        ("lower", "unusable", 0),
        ("elevated", "unusable", 1),
        ("elevated", "unusable unusable", 0),
        ("elevated", "unusable agree", 1),
    ],
)
def test_so_many_more_clinicians_read_a_photo(tier, verdicts, due):
    assert reading_plan.readings_due(tier, verdicts.split()) == due


@pytest.mark.parametrize(
    ("tier", "verdicts", "found"),
    [
        ("lower", "", None),
        ("lower", "agree", False),
        ("elevated", "agree", None),  # a second is to read it
        ("elevated", "agree refer", True),
        ("lower", "refer agree", None),
        ("lower", "refer agree refer", True),
        ("elevated", "agree disagree disagree", False),
        ("lower", "unusable", None),
    ],
)
def test_the_last_reading_settles_what_a_photo_shows(tier, verdicts, found):
    assert reading_plan.settled(tier, verdicts.split()) is found


def test_nobody_reads_after_a_third():
    for tier in ("lower", "elevated"):
        for verdicts in product(Review.Verdict.values, repeat=3):
            assert reading_plan.readings_due(tier, verdicts) == 0


@pytest.mark.parametrize(
    ("tier", "is_doubtful", "urgency"),
    [("elevated", False, 3), ("elevated", True, 3), ("lower", True, 2), ("lower", False, 1)],
)
def test_elevated_comes_before_doubtful_before_the_rest(tier, is_doubtful, urgency):
    assert reading_plan.urgency(tier, is_doubtful=is_doubtful) == urgency
