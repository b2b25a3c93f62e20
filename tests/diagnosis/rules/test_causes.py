from itertools import chain, combinations, product

import pytest

from diagnosis.rules import causes
from diagnosis.rules.causes import Cause
from diagnosis.rules.urgency import RANK, Urgency, most_urgent

QUESTIONS = [
    *("changed_size", "irregular_shape", "irregular_colour", "is_large", "is_inflamed"),
    *("is_oozing", "feels_different", "bleeds", "is_acral", "is_growing_lump"),
    *("changed_since_last", "is_unhealed", "is_raised", "is_new"),
]
HISTORY = ["had_melanoma", "had_skin_cancer", "is_immune_weak", "has_grown"]
UP_TO_THREE_ANSWERS = list(
    chain.from_iterable(combinations(QUESTIONS, count) for count in range(4))
)


def urgency_of(names, **history):
    return most_urgent(causes.of(names, **history).values())


@pytest.mark.parametrize(
    "name",
    ["is_unhealed", "is_growing_lump", "bleeds", "is_acral", "changed_since_last"],
)
def test_a_red_flag_alone_is_urgent(name):
    assert urgency_of([name]) is Urgency.URGENT


@pytest.mark.parametrize(
    "name",
    [
        *("changed_size", "irregular_shape", "irregular_colour"),
        *("is_oozing", "is_inflamed", "feels_different", "is_raised"),
    ],
)
def test_a_sign_alone_is_soon(name):
    assert causes.of([name]) == {Cause(name): Urgency.SOON}


@pytest.mark.parametrize("names", [[], ["is_large"], ["is_new"], ["is_large", "is_new"]])
def test_large_or_new_alone_is_not_a_cause(names):
    assert causes.of(names) == {}


@pytest.mark.parametrize(
    ("names", "history", "cause"),
    [
        (["changed_size", "is_large"], [], Cause.SEVERAL_SIGNS),
        (["is_inflamed", "is_oozing", "feels_different"], [], Cause.SEVERAL_SIGNS),
        (["is_new", "is_raised"], ["is_immune_weak"], Cause.NEW_LUMP),
        (["is_new"], ["had_melanoma"], Cause.AFTER_MELANOMA),
        (["irregular_colour"], ["had_melanoma"], Cause.AFTER_MELANOMA),
    ],
)
def test_some_signs_are_urgent_together(names, history, cause):
    assert causes.of(names, **dict.fromkeys(history, True))[cause] is Urgency.URGENT


@pytest.mark.parametrize("history", ["had_melanoma", "had_skin_cancer"])
def test_an_earlier_skin_cancer_alone_is_soon(history):
    assert urgency_of([], **{history: True}) is Urgency.SOON


def test_measured_growth_counts_as_a_change_of_size():
    assert causes.of([], has_grown=True) == {Cause.HAS_GROWN: Urgency.SOON}
    assert Cause.GROWN_WITH_SIGNS in causes.of(["is_large"], has_grown=True)
    assert Cause.SEVERAL_SIGNS not in causes.of(["is_large"], has_grown=True)
    assert Cause.GROWN_WITH_SIGNS not in causes.of(["changed_size"], has_grown=True)
    assert Cause.GROWN_WITH_SIGNS not in causes.of(["changed_size", "is_large"])
    assert Cause.GROWN_AFTER_MELANOMA in causes.of([], has_grown=True, had_melanoma=True)


def test_one_more_yes_never_lowers_the_urgency():
    for names, more in product(UP_TO_THREE_ANSWERS, [*QUESTIONS, *HISTORY]):
        extra = {more: True} if more in HISTORY else {}
        added = [*names, more] if more in QUESTIONS else names
        assert RANK[urgency_of(names)] <= RANK[urgency_of(added, **extra)]


def test_the_most_urgent_cause_comes_first():
    for names in UP_TO_THREE_ANSWERS:
        ranks = [RANK[cause] for cause in causes.of(names, had_melanoma=True).values()]
        assert ranks == sorted(ranks, reverse=True)
