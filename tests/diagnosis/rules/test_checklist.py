from itertools import combinations, product

import pytest

from diagnosis.models import Answers, Screening
from diagnosis.outcomes import outcomes, texts
from diagnosis.rules import checklist
from tests.factories import make_prediction

ALL = [
    chosen
    for count in range(len(checklist.QUESTIONS) + 1)
    for chosen in combinations(checklist.QUESTIONS, count)
]


def by_the_book(ticked):
    """The rule of NICE NG12 and our red flags, written down once more."""
    two = {"changed_size", "irregular_shape", "irregular_colour"} & set(ticked)
    one = {"is_large", "is_inflamed", "is_oozing", "feels_different"} & set(ticked)
    rest = set(ticked) - two - one
    return 2 * len(two) + len(one), bool(rest) or 2 * len(two) + len(one) >= 3


def test_every_combination_of_answers_follows_the_checklist():
    for ticked in ALL:
        points, is_worrying = by_the_book(ticked)
        assert checklist.points(ticked) == points, ticked
        assert checklist.is_worrying(ticked) == is_worrying, ticked


def test_one_more_yes_never_lowers_the_advice():
    for ticked, more in product(ALL, checklist.QUESTIONS):
        assert checklist.is_worrying(ticked) <= checklist.is_worrying({*ticked, more})


def test_every_question_is_stored():
    stored = {field.name for field in Answers._meta.get_fields()}
    assert set(checklist.QUESTIONS) <= stored


@pytest.mark.parametrize("tier", ["watch", "soon", "urgent", ""])
def test_worrying_answers_add_their_advice_to_every_tier(screening, tier):
    Screening.objects.filter(pk=screening.pk).update(
        status="done", finished_at=screening.created_at
    )
    make_prediction(screening, tier=tier)
    plain = outcomes.describe(Screening.objects.get())
    Answers.objects.create(screening=screening, bleeds=True)
    raised = outcomes.describe(Screening.objects.get())
    assert raised.raised == texts.RAISED
    assert set(plain.paragraphs) <= set(raised.paragraphs)
    assert (raised.again, raised.frequency) == ("", "")
    assert (raised.heading == texts.RAISED_HEADING) == (tier != "urgent")


@pytest.mark.parametrize("state", ["refused", "failed", "pending"])
def test_worrying_answers_count_without_a_result_too(make, state):
    screening = make(state)
    Answers.objects.create(screening=screening, is_growing_lump=True)
    assert outcomes.describe(screening).raised == texts.RAISED


def test_harmless_answers_change_nothing(make):
    screening = make("done", tier="watch")
    before = outcomes.describe(screening)
    Answers.objects.create(screening=screening, is_large=True)
    assert outcomes.describe(Screening.objects.get()) == before
