from itertools import product

import pytest

from diagnosis.rules.urgency import RANK, Decision, Part, Reading, Urgency, decide, most_urgent

MODEL = [None, *Urgency]
ANSWERS = [
    {},
    {"itch": Urgency.SOON},
    {"bleeds": Urgency.URGENT},
    {"bleeds": Urgency.URGENT, "itch": Urgency.SOON},
]
READINGS = [readings for count in range(4) for readings in product(Reading, repeat=count)]
EVERY = list(product(MODEL, [False, True], ANSWERS, READINGS, [False, True]))


def expected_urgency(model, answers, readings, is_settled):
    """Return the urgency by the rules in `urgency.py`'s docstring, implemented a second time."""
    by_answers = most_urgent(answers.values())
    without_readings = by_answers if model is None else most_urgent([model, by_answers])
    judged = [reading.urgency for reading in readings if reading is not Reading.UNUSABLE]
    if is_settled and readings and readings[-1] is not Reading.UNUSABLE:
        last = readings[-1].urgency
        has_red_flag = Urgency.URGENT in answers.values()
        return without_readings if has_red_flag else last
    return max([without_readings, *judged], key=RANK.__getitem__)


def decided(model, is_uncertain, answers, readings, is_settled):
    return decide(
        model=model,
        is_uncertain=is_uncertain,
        answers=answers,
        readings=readings,
        is_settled=is_settled,
    )


def test_every_combination_of_model_answers_and_readings_follows_the_rules():
    for model, is_uncertain, answers, readings, is_settled in EVERY:
        decision = decided(model, is_uncertain, answers, readings, is_settled)
        assert decision.urgency == expected_urgency(model, answers, readings, is_settled), decision


def test_a_red_flag_is_urgent_whatever_others_say():
    for model, is_uncertain, answers, readings, is_settled in EVERY:
        if Urgency.URGENT in answers.values():
            decision = decided(model, is_uncertain, answers, readings, is_settled)
            assert (decision.urgency, decision.causes) == (Urgency.URGENT, ("bleeds",))


def test_one_more_answer_never_lowers_the_urgency():
    for model, is_uncertain, answers, readings, is_settled in EVERY:
        decision = decided(model, is_uncertain, answers, readings, is_settled)
        more = answers | {"bleeds": Urgency.URGENT}
        raised = decided(model, is_uncertain, more, readings, is_settled)
        assert RANK[raised.urgency] >= RANK[decision.urgency]


def test_a_more_urgent_reading_takes_effect_at_once():
    for model, is_uncertain, answers, readings, is_settled in EVERY:
        decision = decided(model, is_uncertain, answers, [*readings, Reading.URGENT], is_settled)
        assert decision.urgency is Urgency.URGENT


def test_a_less_urgent_reading_lowers_nothing_while_more_readings_are_due():
    for model, answers in product(MODEL, ANSWERS):
        without = decide(model=model, answers=answers)
        decision = decide(model=model, answers=answers, readings=[Reading.WATCH])
        assert RANK[decision.urgency] == RANK[without.urgency]


def test_an_unusable_photo_changes_no_urgency_and_asks_for_a_new_one():
    for model, is_uncertain, answers, is_settled in product(
        MODEL, [False, True], ANSWERS, [False, True]
    ):
        without = decided(model, is_uncertain, answers, [], is_settled)
        decision = decided(model, is_uncertain, answers, [Reading.UNUSABLE], is_settled)
        assert (decision.urgency, decision.part) == (without.urgency, without.part)
        assert decision.needs_new_photo > without.needs_new_photo


def test_the_part_and_the_causes_of_a_decision_have_its_urgency():
    for model, is_uncertain, answers, readings, is_settled in EVERY:
        decision = decided(model, is_uncertain, answers, readings, is_settled)
        urgencies = {
            None: [None],
            Part.MODEL: [model],
            Part.ANSWERS: list(answers.values()),
            Part.READING: [reading.urgency for reading in readings],
        }
        assert decision.urgency in urgencies[decision.part]
        assert all(answers[cause] is decision.urgency for cause in decision.causes)


@pytest.mark.parametrize(
    ("case", "decision"),
    [
        ({"model": None}, Decision()),
        (
            {"model": Urgency.WATCH, "is_uncertain": True},
            Decision(Urgency.WATCH, Part.MODEL, is_uncertain=True),
        ),
        # A clinician's reading is not uncertain.
        (
            {
                "model": Urgency.WATCH,
                "is_uncertain": True,
                "readings": [Reading.WATCH],
                "is_settled": True,
            },
            Decision(Urgency.WATCH, Part.READING),
        ),
        ({"model": Urgency.SOON, "is_uncertain": True}, Decision(Urgency.SOON, Part.MODEL)),
        # If several sources have the same urgency, a reading comes first, then the answers.
        (
            {"model": Urgency.SOON, "answers": {"itch": Urgency.SOON}},
            Decision(Urgency.SOON, Part.ANSWERS, ("itch",)),
        ),
        (
            {"model": None, "answers": {"itch": Urgency.SOON}, "readings": [Reading.SOON]},
            Decision(Urgency.SOON, Part.READING, ("itch",)),
        ),
        (
            {"model": Urgency.URGENT, "readings": [Reading.WATCH] * 2, "is_settled": True},
            Decision(Urgency.WATCH, Part.READING, is_lowered=True),
        ),
        # If a second clinician could not judge the photo, the first one's reading lowers nothing.
        (
            {
                "model": Urgency.URGENT,
                "readings": [Reading.WATCH, Reading.UNUSABLE],
                "is_settled": True,
            },
            Decision(Urgency.URGENT, Part.MODEL, needs_new_photo=True),
        ),
    ],
)
def test_a_decision_names_its_source_and_reasons(case, decision):
    assert decide(**case) == decision
