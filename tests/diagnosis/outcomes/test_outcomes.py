from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from diagnosis.models import Answers, Lesion, Prediction, Screening
from diagnosis.models.choices import RefusalReason
from diagnosis.outcomes import outcomes, texts
from diagnosis.outcomes.outcomes import describe
from ml.labels import Tier
from ml.paths import DEFAULT_MODEL
from tests.factories import make_prediction, make_review

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def _today(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def told(screening, since=NOON, **prediction):
    """Date a screening and its result, and say what its page says."""
    Screening.objects.filter(pk=screening.pk).update(created_at=since, finished_at=since)
    Prediction.objects.filter(screening=screening).update(created_at=since, **prediction)
    return describe(Screening.objects.with_outcome().get(pk=screening.pk))


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        ("pending", texts.PENDING_HEADING),
        ("running", texts.RUNNING_HEADING),
        ("refused", texts.REFUSED_HEADING),
        ("failed", texts.FAILED_HEADING),
    ],
)
def test_a_screening_without_a_result_says_why(make, status, heading):
    outcome = describe(make(status))
    assert (outcome.kind, outcome.heading, outcome.frequency) == (status, heading, "")


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize(
    ("tier", "heading", "phrase"),
    [
        ("urgent", "Show this spot to a doctor by 13 December", "within two weeks"),
        ("elevated", "Show this spot to a doctor by 13 December", "within two weeks"),
        ("soon", "Book now; be seen by 24 January 2027", "Book an appointment now"),
        ("watch", "Not an all-clear: photograph it again in three months", "28 February 2027"),
    ],
)
def test_a_tier_says_what_to_do_until_when(make, tier, heading, phrase):
    outcome = told(make("done", tier=tier))
    assert outcome.heading == heading
    assert phrase in " ".join([*outcome.paragraphs, outcome.again])
    assert outcome.cannot_know == texts.CANNOT_KNOW


@pytest.mark.usefixtures("_today")
def test_on_an_ear_soon_is_four_weeks(make):
    screening = make("done", tier="soon")
    Lesion.objects.update(body_site="ear")
    assert told(screening).heading == "Book now; be seen by 27 December"


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize(
    ("tier", "days", "heading"),
    [
        ("urgent", 14, "Show this spot to a doctor by 29 November"),
        ("urgent", 15, "Show this spot to a doctor now: 28 November is past"),
        ("soon", 57, "Be seen now: 28 November is past"),
        ("watch", 92, "Not an all-clear: it is time for a new photo"),
    ],
)
def test_once_the_day_is_past_the_page_says_so(make, tier, days, heading):
    assert told(make("done", tier=tier), since=NOON - days * DAY).heading == heading


@pytest.mark.usefixtures("_today")
def test_the_day_counts_from_when_the_person_could_first_read_it(make, owner, reviewer):
    owner.skin_type = "VI"
    owner.save()
    screening = make("done", tier="urgent")
    review = make_review(screening, reviewer)
    type(review).objects.update(reviewed_at=NOON - DAY)
    assert told(screening, since=NOON - 30 * DAY).heading.endswith("by 12 December")


@pytest.mark.usefixtures("_today")
def test_a_result_of_a_later_model_counts_from_its_own_day(make):
    screening = make("done", tier="lower")
    told(screening, since=NOON - 90 * DAY)
    make_prediction(screening, model_version="test-2", tier="urgent")
    Prediction.objects.filter(model_version="test-2").update(created_at=NOON)
    assert describe(Screening.objects.get()).heading.endswith("by 13 December")


@pytest.mark.parametrize("tier", ["urgent", "soon", "watch"])
def test_an_uncertain_result_says_so_first(make, tier):
    screening = make("done")
    make_prediction(screening, tier=tier, is_uncertain=True)
    outcome = describe(screening)
    assert outcome.paragraphs[0] == texts.UNCERTAIN
    assert (outcome.heading == texts.UNCERTAIN_HEADING) == (tier == "watch")
    in_a_list = outcomes.in_a_list(screening)
    assert (in_a_list == texts.UNCERTAIN_IN_A_LIST) == (tier == "watch")


# No answer


@pytest.mark.parametrize("tier", ["", "lower"])
@pytest.mark.parametrize("has_reviewer", [True, False])
def test_without_an_answer_a_clinician_looks_first_where_there_is_one(
    make, request, tier, has_reviewer
):
    if has_reviewer:
        request.getfixturevalue("reviewer")
    outcome = describe(make("done", tier=tier, capture="camera"))
    assert outcome.kind == "unanswered"
    expected = {"": texts.NO_ANSWER_HEADING, "lower": texts.OUTDATED_HEADING}[tier]
    assert outcome.heading == (expected if has_reviewer else texts.NOBODY_HEADING)
    assert outcome.paragraphs[-1] == texts.DO_NOT_WAIT
    assert (outcome.frequency, outcome.cannot_know) == ("", ())


def test_nobody_reads_their_own_photo_and_a_superuser_is_no_clinician(make, owner, superuser):
    from accounts.roles import reviewers

    owner.is_staff = True
    owner.save()
    owner.groups.add(reviewers())
    assert describe(make("done", tier="")).heading == texts.NOBODY_HEADING


@pytest.mark.parametrize(
    ("verdict", "finding"), [("soon", True), ("watch", False), ("unusable", None)]
)
def test_a_reading_takes_the_place_of_a_missing_answer(make, reviewer, verdict, finding):
    screening = make("done", tier="")
    make_review(screening, reviewer, verdict)
    outcome = describe(screening)
    assert outcome.heading == texts.READ_HEADINGS[finding]
    assert (outcome.reading, outcome.paragraphs) == (texts.VERDICT_TEXTS[verdict], ())
    assert outcomes.in_a_list(screening) == texts.READ_IN_A_LIST[finding]
    assert outcomes.mark(screening) == {True: "urgent", False: "watch", None: "refused"}[finding]


# Readings


@pytest.mark.parametrize("verdict", ["refer", "disagree"])
def test_a_referral_takes_the_heading_of_watch(make, reviewer, verdict):
    screening = make("done", tier="watch")
    make_review(screening, reviewer, verdict)
    assert describe(screening).heading == texts.READ_HEADINGS[True]
    assert outcomes.in_a_list(screening) == texts.READ_IN_A_LIST[True]
    assert (outcomes.mark(screening), describe(screening).again) == ("urgent", "")


@pytest.mark.parametrize("tier", ["urgent", "soon"])
@pytest.mark.parametrize("verdict", ["agree", "disagree", "refer", "watch", "unusable"])
def test_no_reading_takes_the_day_away(make, reviewer, tier, verdict):
    screening = make("done", tier=tier)
    before = describe(screening).heading
    make_review(screening, reviewer, verdict)
    assert describe(screening).heading == before


@pytest.mark.parametrize(
    ("tier", "verdict", "said"),
    [("lower", "agree", "watch"), ("lower", "disagree", "soon"), ("watch", "agree", "watch")],
)
def test_a_reading_of_what_an_earlier_model_said_does_not_agree_with_a_later_one(
    make, reviewer, tier, verdict, said
):
    screening = make("done", tier=tier)
    make_review(screening, reviewer, verdict)
    make_prediction(screening, model_version="test-2", tier="urgent")
    assert describe(Screening.objects.get()).reading == texts.VERDICT_TEXTS[said]


def test_agreement_with_a_lower_tier_that_was_not_read_again_is_not_told_as_that(make, reviewer):
    screening = make("done", tier="lower")
    make_review(screening, reviewer, "agree")
    assert describe(screening).reading == texts.VERDICT_TEXTS["watch"]


@pytest.mark.parametrize("verdict", texts.VERDICT_TEXTS)
def test_the_newest_reading_is_told_whatever_the_status(make, reviewer, verdict):
    screening = make("done", tier="urgent")
    make_review(screening, reviewer, "agree")
    make_review(screening, reviewer, verdict)
    assert describe(screening).reading == texts.VERDICT_TEXTS[verdict]


# The figure


def test_a_figure_is_told_with_its_base_by_the_card(make):
    screening = make("done")
    make_prediction(screening, model_version=DEFAULT_MODEL.name, cancers_per_100=40)
    found = describe(screening).frequency
    assert found == texts.frequency(40, 20)
    assert "where 20 of 100 were a skin cancer" in found


@pytest.mark.parametrize(
    "fields",
    [
        {"model_version": "gone-1"},
        {"model_version": DEFAULT_MODEL.name, "kind": "camera"},
        {"model_version": DEFAULT_MODEL.name, "cancers_per_100": None},
        {"model_version": DEFAULT_MODEL.name, "tier": "elevated"},
    ],
)
def test_without_its_base_no_figure_is_told(make, fields):
    screening = make("done")
    make_prediction(screening, **fields)
    assert describe(screening).frequency == ""


# Refused, and lists


@pytest.mark.parametrize("reason", RefusalReason)
def test_a_refused_photo_comes_with_how_to_retake_it(make, reason):
    paragraphs = describe(make("refused", refusal=reason)).paragraphs
    assert paragraphs == (f"{reason.label}.", texts.RETAKE[reason], texts.REFUSED_TEXT)


@pytest.mark.parametrize(
    ("tier", "words"),
    [
        ("urgent", texts.IN_A_LIST["urgent"]),
        ("elevated", texts.IN_A_LIST["urgent"]),
        ("soon", texts.IN_A_LIST["soon"]),
        ("watch", texts.IN_A_LIST["watch"]),
        ("lower", texts.IN_A_LIST["unanswered"]),
        ("", texts.IN_A_LIST["unanswered"]),
    ],
)
def test_a_list_says_it_in_a_few_words(make, tier, words):
    assert outcomes.in_a_list(make("done", tier=tier)) == words


@pytest.mark.parametrize("tier", ["urgent", "soon", "watch", ""])
def test_worrying_answers_stand_in_a_list_unless_it_says_more(make, tier):
    screening = make("done", tier=tier)
    Answers.objects.create(screening=screening, bleeds=True)
    is_raised = outcomes.in_a_list(screening) == texts.RAISED_IN_A_LIST
    assert is_raised == (tier != Tier.URGENT)
    assert outcomes.mark(screening) == "urgent"
