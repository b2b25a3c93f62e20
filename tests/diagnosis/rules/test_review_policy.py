from itertools import product

import pytest

from diagnosis.rules import review_policy
from diagnosis.rules.urgency import Reading, Urgency
from diagnosis.rules.verdicts import reading_of

TIERS = ["urgent", "soon", "watch", "elevated", "lower", ""]


def of_verdicts(tier, verdicts):
    return [reading_of(verdict, tier) for verdict in verdicts.split()]


@pytest.mark.parametrize(
    ("tier", "verdicts", "due"),
    [
        # Without readings, one clinician is due, or two if the model calls the photo urgent.
        ("watch", "", 1),
        ("soon", "", 1),
        ("", "", 1),
        ("urgent", "", 2),
        # The first clinician agrees with the model ...
        ("watch", "watch", 0),
        ("soon", "soon", 0),
        ("urgent", "urgent", 1),
        # ... or has another urgency, higher or lower: a second reader is needed.
        ("watch", "soon", 1),
        ("soon", "urgent", 1),
        ("soon", "watch", 1),
        ("urgent", "soon", 1),
        # Two equal readings are enough. If they differ, a third reading settles the case.
        ("soon", "urgent urgent", 0),
        ("soon", "urgent soon", 1),
        ("urgent", "urgent soon watch", 0),
        # Verdicts of earlier releases stand for urgencies. The first clinician agrees ...
        ("watch", "agree", 0),
        ("soon", "agree", 0),
        ("soon", "refer", 0),
        ("urgent", "agree", 1),
        ("urgent", "refer", 1),
        # ... or disagrees with the model: a second reader is needed.
        ("watch", "disagree", 1),
        ("watch", "refer", 1),
        ("soon", "disagree", 1),
        ("urgent", "disagree", 1),
        # Again, two equal readings are enough, and a third reading settles the case.
        ("watch", "refer disagree", 0),
        ("soon", "disagree watch", 0),
        ("urgent", "agree refer", 0),
        ("watch", "refer agree", 1),
        ("urgent", "agree disagree", 1),
        ("urgent", "agree disagree agree", 0),
        ("watch", "refer agree disagree", 0),
        # The verdict that a photo is unusable neither agrees nor disagrees with the model.
        ("watch", "unusable", 0),
        ("urgent", "unusable", 1),
        ("urgent", "unusable unusable", 0),
        ("urgent", "unusable agree", 1),
        # Without an answer of the model there is nothing to disagree with.
        ("", "refer", 0),
        ("", "watch", 0),
        ("", "unusable", 0),
        # Of earlier models' tiers, `elevated` counts as urgent, and `lower` as no answer.
        ("elevated", "", 2),
        ("elevated", "agree", 1),
        ("lower", "", 1),
        ("lower", "refer", 0),
        ("lower", "agree", 0),
    ],
)
def test_the_number_of_further_readers_follows_the_policy(tier, verdicts, due):
    assert review_policy.readings_due(tier, of_verdicts(tier, verdicts)) == due


@pytest.mark.parametrize(
    ("tier", "verdicts", "settled"),
    [
        ("watch", "", None),
        ("watch", "watch", Reading.WATCH),
        ("soon", "agree", Reading.SOON),
        ("urgent", "urgent", None),  # a second clinician has to read it
        ("urgent", "agree refer", Reading.URGENT),
        ("watch", "soon watch", None),
        ("watch", "soon watch soon", Reading.SOON),
        ("urgent", "urgent watch watch", Reading.WATCH),
        ("watch", "unusable", Reading.UNUSABLE),
        ("", "watch", Reading.WATCH),
        ("", "refer", Reading.SOON),
    ],
)
def test_the_last_reading_settles_the_case(tier, verdicts, settled):
    assert review_policy.settled(tier, of_verdicts(tier, verdicts)) is settled


def test_no_photo_needs_a_fourth_reading():
    for tier in TIERS:
        for readings in product(Reading, repeat=3):
            assert review_policy.readings_due(tier, readings) == 0


def place(tier, answers_urgency=None, *, is_uncertain=False):
    return review_policy.urgency(tier, answers_urgency=answers_urgency, is_uncertain=is_uncertain)


def test_the_queue_is_ordered_by_urgency_and_an_uncertain_result_moves_a_photo_up():
    order = {tier: place(tier) for tier in TIERS}
    assert order == {"urgent": 4, "elevated": 4, "soon": 3, "": 2, "lower": 2, "watch": 1}
    doubtful = {tier: place(tier, is_uncertain=True) for tier in TIERS}
    assert doubtful == {"urgent": 4, "elevated": 4, "soon": 4, "": 3, "lower": 3, "watch": 2}


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("answers_urgency", Urgency)
def test_answers_raise_a_photo_to_their_own_urgency_and_never_lower_it(tier, answers_urgency):
    assert place(tier, answers_urgency) == max(place(tier), place(answers_urgency))
