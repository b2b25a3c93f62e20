from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.access.roles import reviewers
from diagnosis.classification import model_cards
from diagnosis.lesions import letter
from diagnosis.models import Answers, Lesion, Prediction, Profile, Screening
from diagnosis.models.choices import RefusalReason
from diagnosis.models.decisions import decided, due
from diagnosis.outcomes import cause_texts, outcomes, texts
from diagnosis.outcomes.outcomes import describe
from diagnosis.rules.causes import Cause
from diagnosis.screenings.services import answer
from ml.paths import DEFAULT_MODEL
from ml.serving import card_files
from ml.serving.shares import Share
from tests.factories import make_prediction, make_reminder, make_review, make_user
from tests.ml.cards import KIND

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def _today(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def dated_outcome(screening, since=NOON, **prediction):
    """Set the dates of a screening and of its result. Return the screening's outcome."""
    Screening.objects.filter(pk=screening.pk).update(created_at=since, finished_at=since)
    Prediction.objects.filter(screening=screening).update(created_at=since, **prediction)
    return describe(Screening.objects.with_outcome().get(pk=screening.pk))


def make_second_reviewer():
    make_user("rob@example.org", is_staff=True).groups.add(reviewers())


@pytest.mark.parametrize("status", ["pending", "running", "refused", "failed"])
def test_a_screening_without_a_result_says_why(make, status):
    outcome = describe(make(status))
    assert (outcome.kind, outcome.heading) == (status, texts.NO_TIER_HEADINGS[status])
    assert (outcome.frequency, outcome.day) == ("", None)


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize(
    ("tier", "heading", "phrase"),
    [
        (
            "urgent",
            "Show this spot to a doctor by 13 December",
            "if the spot begins to bleed, hurt or grow",
        ),
        (
            "elevated",
            "Show this spot to a doctor by 13 December",
            "if the spot begins to bleed, hurt or grow",
        ),
        (
            "soon",
            "Book an appointment now; see a doctor by 24 January 2027",
            "Ask for an earlier appointment",
        ),
        (
            "watch",
            "Not an all-clear: photograph the spot again in three months",
            "melanoma and other",
        ),
    ],
)
def test_each_tier_says_what_to_do_and_by_when(make, tier, heading, phrase):
    outcome = dated_outcome(make("done", tier=tier))
    assert outcome.heading == heading
    assert phrase in " ".join([*outcome.paragraphs, *(step.text for step in outcome.steps)])
    assert outcome.cannot_know == texts.CANNOT_KNOW


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize("site", ["ear", "lip", "eyelid", "nose"])
def test_soon_means_four_weeks_on_the_ear_lip_eyelid_and_nose(make, site):
    screening = make("done", tier="soon")
    Lesion.objects.update(body_site=site)
    assert (
        dated_outcome(screening).heading == "Book an appointment now; see a doctor by 27 December"
    )


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize(
    ("tier", "days", "heading"),
    [
        ("urgent", 14, "Show this spot to a doctor by 29 November"),
        ("urgent", 15, "Show this spot to a doctor now; 28 November is past"),
        ("soon", 57, "See a doctor now; 28 November is past"),
        ("watch", 92, "Not an all-clear: it is time for a new photo"),
    ],
)
def test_the_heading_says_that_the_day_is_past(make, tier, days, heading):
    assert dated_outcome(make("done", tier=tier), since=NOON - days * DAY).heading == heading


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize(
    ("tier", "action", "first"),
    [("urgent", "report", "should have been seen by 30 August"), ("watch", "again", "is new")],
)
def test_no_step_offers_a_past_day_for_the_calendar(make, tier, action, first):
    days = {"urgent": 105, "watch": 92}[tier]
    outcome = dated_outcome(make("done", tier=tier), since=NOON - days * DAY)
    assert outcome.action == action
    assert first in outcome.steps[0].text
    assert "calendar" not in [step.link for step in outcome.steps]


@pytest.mark.usefixtures("_today")
def test_an_older_photo_asks_for_no_new_photo_if_a_newer_photo_exists(make):
    older = make("done", tier="watch")
    make("done", tier="watch", lesion=older.lesion)
    outcome = dated_outcome(older, since=NOON - 92 * DAY)
    assert (outcome.heading, outcome.action) == (texts.FOLLOWED_HEADING, "newer")
    listed = Screening.objects.with_outcome().get(pk=older.pk)
    assert outcomes.in_a_list(listed) == texts.FOLLOWED_IN_A_LIST


@pytest.mark.parametrize("tier", ["urgent", "soon"])
def test_a_person_who_has_seen_a_doctor_is_not_asked_to_book(make, reviewer, tier):
    screening = make("done", tier=tier, readings_due=1)
    make_review(screening, reviewer, "watch")
    late = dated_outcome(screening, since=timezone.now() - 100 * DAY)
    make_visit(screening)
    outcome = describe(Screening.objects.get())
    assert "is past" in late.heading
    assert (outcome.kind, outcome.heading) == ("visited", texts.VISITED_HEADING)
    assert (outcome.steps, outcome.visited) == ((), texts.VISITED)
    assert (bool(late.stands), outcome.stands) == (True, "")


@pytest.mark.parametrize("tier", ["urgent", "soon", "watch"])
def test_a_list_says_that_a_doctor_has_seen_the_spot_if_the_page_does(make, tier):
    screening = make("done", tier=tier)
    make_visit(screening)
    screening = Screening.objects.with_outcome().get()
    in_a_list, page = outcomes.in_a_list(screening), describe(screening)
    assert (in_a_list == texts.VISITED_IN_A_LIST) == bool(page.visited) == (tier != "watch")
    assert page.kind == outcomes.mark(screening) == ("watch" if tier == "watch" else "visited")


@pytest.mark.parametrize(("verdict", "is_mentioned"), [("urgent", True), ("watch", False)])
def test_only_a_reading_that_asks_for_a_doctor_is_mentioned_after_a_visit(
    make, reviewer, verdict, is_mentioned
):
    screening = make("done", tier="urgent", readings_due=1)
    make_visit(screening)
    make_review(screening, reviewer, verdict)
    screening = Screening.objects.with_outcome().get()
    assert (describe(screening).visited == texts.READ_SINCE) is is_mentioned
    assert (outcomes.in_a_list(screening) == texts.READ_SINCE_IN_A_LIST) is is_mentioned


def make_visit(screening):
    """Store the person's answer that a doctor has seen the spot."""
    reminder = {"answer": "seen", "closed_at": timezone.now()}
    make_reminder(screening.lesion, screening=screening, **reminder)


def test_a_photo_that_a_clinician_reads_as_urgent_after_a_visit_awaits_another_visit(
    make, reviewer
):
    older = make("done", tier="soon")
    make_visit(older)
    newer = make("done", tier="soon", lesion=older.lesion)
    make_reminder(older.lesion, 28, screening=newer)
    make_review(older, reviewer, "urgent")
    newest, urgent = Screening.objects.with_outcome()
    assert outcomes.sooner_visit(newest, [urgent]) == due.day(urgent, urgent.decision)


@pytest.mark.usefixtures("_today")
def test_the_step_about_a_new_photo_names_its_day(make):
    steps = " ".join(step.text for step in dated_outcome(make("done", tier="watch")).steps)
    assert "photograph the spot again on 28 February 2027" in steps


@pytest.mark.usefixtures("_today")
def test_the_advised_weeks_begin_when_the_person_can_first_see_the_result(make, owner, reviewer):
    owner.skin_type = "VI"
    owner.save()
    screening = make("done", tier="urgent")
    review = make_review(screening, reviewer)
    type(review).objects.update(reviewed_at=NOON - DAY)
    assert dated_outcome(screening, since=NOON - 30 * DAY).heading.endswith("by 12 December")


@pytest.mark.usefixtures("_today")
def test_the_advised_weeks_begin_with_the_result_of_a_newer_model(make):
    screening = make("done", tier="lower")
    dated_outcome(screening, since=NOON - 90 * DAY)
    make_prediction(screening, model_version="test-2", tier="urgent")
    Prediction.objects.filter(model_version="test-2").update(created_at=NOON)
    assert describe(Screening.objects.get()).heading.endswith("by 13 December")


@pytest.mark.parametrize("tier", ["urgent", "soon", "watch"])
def test_an_uncertain_result_says_so_first(make, tier):
    screening = make("done")
    make_prediction(screening, tier=tier, is_uncertain=True)
    outcome = describe(screening)
    says = texts.UNCERTAIN if tier == "watch" else texts.UNCERTAIN_BUT_GO
    assert outcome.paragraphs[0] == says
    assert (outcome.heading == texts.UNCERTAIN_HEADING) == (tier == "watch")
    in_a_list = outcomes.in_a_list(screening)
    assert (in_a_list == texts.UNCERTAIN_IN_A_LIST) == (tier == "watch")


def test_an_uncertain_result_advises_a_doctor_and_shows_no_reassuring_figure(make):
    screening = make("done")
    fields = {"model_version": DEFAULT_MODEL.name, "cancers_per_100": 1}
    make_prediction(screening, tier="watch", is_uncertain=True, **fields)
    Answers.objects.create(screening=screening, unsure=[])
    outcome = describe(Screening.objects.get())
    assert (outcome.kind, outcome.action, outcome.frequency) == ("watch", "report", "")
    assert (outcome.steps[0].link, "doctor" in outcome.steps[0].text) == ("report", True)
    assert "Also" in outcome.steps[-1].text
    assert "Otherwise" not in outcome.steps[-1].text


def test_a_page_derives_the_reason_for_a_missing_tier_once(owner_client, make, monkeypatch):
    derived, derive = [], decided.no_tier_reason
    monkeypatch.setattr(
        decided, "no_tier_reason", lambda photo: derived.append(photo) or derive(photo)
    )
    screening = make("done", tier="urgent")
    derived.clear()
    assert owner_client.get(screening.get_absolute_url()).status_code == 200
    assert len(derived) == 1


# No answer


@pytest.mark.parametrize("sentence", [texts.READ_BY, texts.ALSO_READ_BY])
def test_the_page_does_not_say_to_wait_for_a_clinician_if_answers_advise_a_doctor(
    make, reviewer, sentence
):
    screening = make("done", tier="", capture="camera")
    Answers.objects.create(screening=screening, bleeds=sentence == texts.ALSO_READ_BY)
    paragraphs = " ".join(describe(screening).paragraphs)
    assert sentence.split("{day}")[1] in paragraphs
    assert (texts.READ_BY.split("{day}")[1] in paragraphs) == (sentence == texts.READ_BY)


@pytest.mark.parametrize("tier", ["", "lower"])
@pytest.mark.parametrize("has_reviewer", [True, False])
def test_without_a_model_answer_the_heading_depends_on_whether_there_are_clinicians(
    make, request, tier, has_reviewer
):
    if has_reviewer:
        request.getfixturevalue("reviewer")
    outcome = describe(make("done", tier=tier, capture="camera"))
    assert outcome.kind == "unanswered"
    expected = {"": texts.NO_ANSWER_HEADING, "lower": texts.OUTDATED_HEADING}[tier]
    assert outcome.heading == (expected if has_reviewer else texts.NOBODY_HEADING)
    assert outcome.paragraphs[-1] == texts.DO_NOT_WAIT
    assert outcome.action == "report"
    assert (outcome.frequency, outcome.cannot_know) == ("", ())


def test_the_page_says_that_a_spot_is_unlike_the_training_photos(make, reviewer):
    screening = make("done", tier="", capture="camera")
    type(screening.prediction).objects.update(cancer=0.2, melanoma=0.1)
    outcome = describe(Screening.objects.get())
    assert (outcome.kind, outcome.heading) == ("unanswered", texts.UNLIKE_HEADING)
    assert outcome.paragraphs[0] == texts.UNLIKE
    assert outcome.frequency == ""


def test_nobody_reads_their_own_photo_and_a_superuser_is_not_a_clinician(make, owner, superuser):
    owner.is_staff = True
    owner.save()
    owner.groups.add(reviewers())
    assert describe(make("done", tier="")).heading == texts.NOBODY_HEADING


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize(
    ("verdict", "heading", "kind"),
    [
        (
            "soon",
            "A clinician has looked at your photo: book an appointment now; see a doctor by 24",
            "soon",
        ),
        (
            "watch",
            "A clinician has looked at your photo. Not an all-clear: photograph the spot",
            "watch",
        ),
        ("unusable", str(texts.UNUSABLE_HEADING), "refused"),
    ],
)
def test_a_reading_replaces_a_missing_model_answer(make, reviewer, verdict, heading, kind):
    screening = make("done", tier="")
    make_review(screening, reviewer, verdict)
    type(screening.reviews.get()).objects.update(reviewed_at=NOON)
    outcome = describe(Screening.objects.get())
    assert outcome.heading.startswith(heading)
    assert (outcome.kind, outcome.reading) == (kind, texts.VERDICT_TEXTS[verdict])
    assert (outcome.paragraphs, outcomes.mark(screening)) == ((), kind)
    assert bool(outcome.new_photo) == (verdict == "unusable")


# Readings


@pytest.mark.parametrize("verdict", ["refer", "disagree"])
@pytest.mark.parametrize("readings_due", [0, 1])
def test_a_referral_replaces_the_heading_of_watch_at_once(make, reviewer, verdict, readings_due):
    screening = make("done", tier="watch", readings_due=readings_due)
    make_review(screening, reviewer, verdict)
    outcome = describe(screening)
    assert outcome.heading.startswith(
        "A clinician has looked at your photo: book an appointment now"
    )
    assert (outcome.kind, outcome.paragraphs) == ("soon", (texts.READING_COUNTS_MORE,))
    assert outcomes.in_a_list(screening).startswith(str(texts.IN_A_LIST["soon"]))


@pytest.mark.parametrize("tier", ["urgent", "soon"])
@pytest.mark.parametrize("verdict", ["disagree", "watch", "unusable"])
def test_the_advised_day_stays_until_the_last_reading_that_is_due(make, reviewer, tier, verdict):
    screening = make("done", tier=tier, readings_due=1)
    before = describe(screening).heading
    make_review(screening, reviewer, verdict)
    assert describe(screening).heading == before
    assert describe(screening).reading


@pytest.mark.parametrize(
    ("answers", "due", "has_another", "expected"),
    [
        ({}, 1, True, texts.STANDS_UNTIL_NEXT_READING),
        ({}, 1, False, texts.STANDS_WITHOUT_NEXT_READING),
        ({"bleeds": True}, 0, True, texts.STANDS_BY_ANSWERS),
        ({}, 0, True, ""),
    ],
)
def test_the_page_says_why_the_day_stays_despite_a_less_urgent_reading(  # noqa: PLR0913, PLR0917
    make, reviewer, answers, due, has_another, expected
):
    screening = make("done", tier="urgent", readings_due=due)
    Answers.objects.create(screening=screening, **answers)
    make_review(screening, reviewer, "watch")
    if has_another:
        make_second_reviewer()
    assert describe(screening).stands == expected


@pytest.mark.parametrize("number", [1, 2, None])
def test_a_site_with_one_clinician_announces_no_second_reading(make, reviewer, settings, number):
    settings.CLINICIANS = number
    screening = make("done", tier="urgent", readings_due=1)
    make_review(screening, reviewer, "watch")
    make_second_reviewer()
    without, until = texts.STANDS_WITHOUT_NEXT_READING, texts.STANDS_UNTIL_NEXT_READING
    assert describe(screening).stands == (without if number == 1 else until)


@pytest.mark.parametrize(
    ("tier", "answers", "verdicts"),
    [("watch", {"bleeds": True}, ["soon"]), ("urgent", {}, ["soon", "watch"])],
)
def test_without_a_further_clinician_the_page_does_not_guess_whose_day_stays(
    make, tier, answers, verdicts
):
    screening = make("done", tier=tier, readings_due=1)
    Answers.objects.create(screening=screening, **answers)
    for number, verdict in enumerate(verdicts):
        make_review(screening, make_user(f"reader-{number}@example.org"), verdict)
    outcome = describe(screening)
    assert (outcome.kind, outcome.stands) == ("urgent", texts.STANDS_WITHOUT_NEXT_READING)
    # Both would be guesses: the answers may set the day, and a second clinician may have read.
    assert "model" not in outcome.stands
    assert "second" not in outcome.stands


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("urgent", texts.STANDS_UNUSABLE),
        ("soon", texts.STANDS_UNUSABLE),
        ("watch", texts.UNUSABLE_WORRIED),
        ("", texts.UNUSABLE_WORRIED),
    ],
)
def test_the_text_about_an_unusable_photo_keeps_the_advised_day(make, reviewer, tier, expected):
    screening = make("done", tier=tier)
    make_review(screening, reviewer, "unusable")
    assert describe(screening).stands == expected


@pytest.mark.parametrize("due", [0, 1])
def test_without_an_advised_day_no_sentence_refers_to_it(make, reviewer, due):
    screening = make("done", tier="", readings_due=due)
    make_review(screening, reviewer, "watch")
    assert describe(screening).stands == ""


def test_a_childs_photo_advises_a_doctor_without_a_calendar_entry(make):
    screening = make("done", tier="watch")
    Profile.objects.filter(pk=screening.lesion.profile_id).update(birth_year=2015)
    steps = describe(Screening.objects.with_outcome().get()).steps
    assert [step.link for step in steps] == ["", "report", ""]


def test_the_last_reader_may_lower_the_urgency_and_replaces_the_models_text(make, reviewer):
    screening = make("done", tier="urgent")
    make_review(screening, reviewer, "disagree")
    outcome = describe(screening)
    assert (outcome.kind, outcome.paragraphs, outcome.frequency) == ("watch", (), "")


def test_after_a_reading_the_step_asks_only_about_further_changes(make, reviewer):
    screening = make("done", tier="watch")
    Answers.objects.create(screening=screening, changed_size=True)
    make_review(screening, reviewer, "watch")
    outcome = describe(screening)
    assert outcome.kind == "watch"
    assert "changes further" in outcome.steps[0].text


@pytest.mark.parametrize("is_uncertain", [False, True])
def test_a_person_who_called_the_spot_new_is_advised_to_show_it_and_not_asked_again(
    make, is_uncertain
):
    screening = make("done", tier="watch")
    Answers.objects.create(screening=screening, is_new=True, unsure=[])
    outcome = dated_outcome(screening, is_uncertain=is_uncertain)
    steps = [step.text for step in outcome.steps]
    assert steps[is_uncertain].startswith("You told us that the spot is new: show it")
    assert not any("if the spot is new" in step or "Otherwise" in step for step in steps)
    asked = letter.requested(Screening.objects.with_outcome().get())
    request = "uncertain" if is_uncertain else "the spot is new: please look"
    assert request in asked


def test_after_a_reading_the_step_does_not_mention_that_the_spot_is_new(make, reviewer):
    screening = make("done", tier="watch")
    Answers.objects.create(screening=screening, is_new=True, unsure=[])
    make_review(screening, reviewer, "watch")
    assert "new" not in describe(screening).steps[0].text.replace("the new photo", "")


def test_no_reading_lowers_a_red_flag(make, reviewer):
    screening = make("done", tier="urgent")
    Answers.objects.create(screening=screening, bleeds=True)
    make_review(screening, reviewer, "disagree")
    outcome = describe(screening)
    assert outcome.kind == "urgent"
    assert outcome.heading.startswith("You told us that it bleeds")


@pytest.mark.parametrize(
    ("tier", "verdict", "expected"),
    [("lower", "agree", "watch"), ("lower", "disagree", "soon"), ("watch", "agree", "watch")],
)
def test_agreement_with_an_earlier_model_is_not_shown_as_agreement_with_a_newer_model(
    make, reviewer, tier, verdict, expected
):
    screening = make("done", tier=tier)
    make_review(screening, reviewer, verdict)
    make_prediction(screening, model_version="test-2", tier="urgent")
    assert describe(Screening.objects.get()).reading == texts.VERDICT_TEXTS[expected]


def test_agreement_with_the_former_tier_lower_is_shown_as_watch(make, reviewer):
    screening = make("done", tier="lower")
    make_review(screening, reviewer, "agree")
    assert describe(screening).reading == texts.VERDICT_TEXTS["watch"]


@pytest.mark.parametrize("verdict", texts.VERDICT_TEXTS)
def test_the_newest_reading_is_shown_whatever_its_verdict(make, reviewer, verdict):
    screening = make("done", tier="urgent")
    make_review(screening, reviewer, "agree")
    make_review(screening, reviewer, verdict)
    assert describe(screening).reading == texts.VERDICT_TEXTS[verdict]


# The frequency


def test_the_frequency_is_shown_with_the_base_rate_of_the_models_card(make):
    screening = make("done")
    make_prediction(screening, model_version=DEFAULT_MODEL.name, cancers_per_100=40)
    base = round(100 * card_files.read(DEFAULT_MODEL).kinds["dermoscopic"].share)
    frequency = describe(screening).frequency
    assert frequency == texts.frequency(40, base)
    assert f"{base} show a skin cancer" in frequency


def test_a_frequency_below_the_base_rate_is_not_shown_beside_advice_to_see_a_doctor(make):
    for tier, is_shown in (("urgent", False), ("watch", True)):
        screening = make("done")
        fields = {"model_version": DEFAULT_MODEL.name, "cancers_per_100": 1}
        make_prediction(screening, tier=tier, **fields)
        Answers.objects.create(screening=screening, unsure=[])
        assert bool(describe(screening).frequency) == is_shown


@pytest.mark.parametrize(
    "fields",
    [
        {"model_version": "gone-1"},
        {"model_version": DEFAULT_MODEL.name, "cancers_per_100": None},
        {"model_version": DEFAULT_MODEL.name, "tier": "elevated"},
        {"model_version": DEFAULT_MODEL.name, "cancers_per_100": 99, "is_uncertain": True},
    ],
)
def test_no_frequency_is_shown_without_its_figures_or_for_an_uncertain_or_former_tier(make, fields):
    screening = make("done")
    make_prediction(screening, **fields)
    assert describe(screening).frequency == ""


# Refused photos, and lists


@pytest.mark.parametrize("reason", RefusalReason)
def test_a_refused_photo_has_advice_on_retaking_it(make, reason):
    outcome = describe(make("refused", refusal=reason))
    assert outcome.refusal == f"{reason.label}."
    assert outcome.paragraphs == (texts.RETAKE[reason], texts.REFUSED_TEXT)


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
def test_a_list_has_a_short_text_for_each_tier(make, tier, words):
    assert outcomes.in_a_list(make("done", tier=tier)).startswith(str(words))


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize(
    ("tier", "days", "expected"),
    [
        ("urgent", 1, "Urgent: show it to a doctor by 12 December"),
        ("soon", 1, "Book an appointment now, to be seen by 23 January 2027"),
        ("urgent", 20, "Urgent: show it to a doctor now; 23 November is past"),
        ("soon", 60, "See a doctor now; 25 November is past"),
        ("watch", 1, "Watch it, and take a new photo"),
        ("watch", 92, "Watch it; it is time for a new photo"),
    ],
)
def test_a_list_says_by_when_to_see_a_doctor(make, tier, days, expected):
    screening = make("done", tier=tier)
    dated_outcome(screening, since=NOON - days * DAY)
    assert outcomes.in_a_list(Screening.objects.with_outcome().get()) == expected


# Answers


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize("tier", ["urgent", "soon", "watch", "", "lower"])
def test_a_red_flag_is_quoted_in_the_heading_whatever_the_tier(make, tier):
    screening = make("done", tier=tier)
    Answers.objects.create(screening=screening, bleeds=True, asks_since=NOON - 2 * DAY)
    outcome = dated_outcome(screening)
    assert outcome.heading == (
        "You told us that it bleeds without an injury: show this spot to a doctor by 11 December"
    )
    assert (outcome.kind, outcomes.mark(screening)) == ("urgent", "urgent")
    assert outcomes.in_a_list(screening) == "Urgent: show it to a doctor by 11 December"
    assert (outcome.action, outcome.frequency) == ("report", "")


def test_each_cause_has_a_quotation_and_a_reason_of_its_own():
    for table in (cause_texts.QUOTED, cause_texts.WHY):
        assert set(table) == set(Cause)
        assert len(set(table.values())) == len(Cause)


@pytest.mark.parametrize("name", ["changed_size", "feels_different", "is_raised"])
def test_a_single_sign_is_soon_without_a_reassuring_text(make, name):
    screening = make("done", tier="watch")
    Answers.objects.create(screening=screening, **{name: True})
    outcome = describe(screening)
    quoted = cause_texts.QUOTED[Cause(name)]
    assert outcome.heading.startswith(f"You told us that {quoted}: book an appointment now")
    assert outcome.paragraphs == (cause_texts.PHOTO_SAYS_LESS,)
    assert [sentence for sentence, _ in outcome.causes] == [f"You told us that {quoted}"]


def test_a_less_urgent_answer_changes_no_advice_about_an_urgent_photo(make):
    screening = make("done", tier="urgent")
    before = describe(screening)
    Answers.objects.create(screening=screening, changed_size=True)
    after = describe(Screening.objects.get())
    assert after.ticked == ("It has changed in size",)
    assert replace(after, ticked=()) == before


@pytest.mark.parametrize("state", ["refused", "failed", "pending"])
def test_answers_count_without_a_result_too(make, state):
    screening = make(state)
    Answers.objects.create(screening=screening, is_growing_lump=True)
    assert describe(screening).kind == "urgent"


def test_a_further_answer_does_not_move_the_day(make, owner):
    screening = make("done", tier="watch")
    answer(screening, by=owner, ticked={"bleeds": True})
    first = Answers.objects.get().asks_since
    answer(Screening.objects.get(), by=owner, ticked={"bleeds": True, "is_large": True})
    assert Answers.objects.get().asks_since == first


# Questions before a result


@pytest.fixture
def profile(owner):
    owner.skin_type = "II"
    owner.save()
    return Profile.objects.create(owner=owner)


@pytest.mark.parametrize("tier", ["urgent", "watch"])
def test_the_age_is_asked_before_the_first_result(make, profile, tier):
    outcome = describe(make("done", tier=tier, asks_first=True))
    assert (outcome.kind, outcome.action, outcome.frequency) == ("age_first", "age_first", "")


@pytest.mark.parametrize(
    ("tier", "kind"), [("urgent", "urgent"), ("soon", "soon"), ("watch", "questions_first")]
)
def test_red_flags_are_asked_about_before_watch_is_shown(make, profile, tier, kind):
    Profile.objects.update(birth_year=1970)
    screening = make("done", tier=tier, asks_first=True)
    assert describe(screening).kind == kind
    assert Screening.objects.get().shown_prediction is None or kind != "questions_first"
    Answers.objects.create(screening=screening)
    assert describe(Screening.objects.get()).kind == tier


@pytest.mark.parametrize("year", [None, 1970])
@pytest.mark.parametrize(
    ("tier", "kind"),
    [
        ("", "questions_first"),
        ("watch", "questions_first"),
        ("soon", "soon"),
        ("urgent", "urgent"),
    ],
)
def test_a_clinicians_watch_waits_for_the_questions_too(  # noqa: PLR0913, PLR0917
    make, profile, reviewer, tier, kind, year
):
    Profile.objects.update(birth_year=year)
    screening = make("done", tier=tier, asks_first=True)
    make_review(screening, reviewer, "watch")
    outcome = describe(screening)
    assert outcome.kind == (kind if year else "age_first")
    assert outcome.reading == texts.VERDICT_TEXTS["watch"]
    assert outcome.stands == texts.STANDS_UNTIL_ANSWERED
    Profile.objects.update(birth_year=1970)
    Answers.objects.create(screening=screening)
    assert describe(Screening.objects.get()).kind == "watch"


@pytest.mark.parametrize("tier", ["urgent", "watch", ""])
def test_under_18_the_model_has_no_answer(make, profile, tier):
    Profile.objects.update(birth_year=timezone.localdate().year - 18)
    screening = make("done", tier=tier)
    outcome = describe(screening)
    assert (outcome.kind, outcome.day) == ("minor", None)
    assert outcome.heading.startswith("Show this spot to a doctor")
    Answers.objects.create(screening=screening, bleeds=True)
    assert describe(Screening.objects.get()).kind == "urgent"


@pytest.mark.parametrize("years", [None, 17, 18, 19, 20])
@pytest.mark.parametrize("asks_first", [True, False])
@pytest.mark.parametrize("tier", ["urgent", "watch", ""])
def test_the_query_for_shown_results_agrees_with_the_pages(make, profile, tier, asks_first, years):
    year = years and timezone.localdate().year - years
    Profile.objects.update(birth_year=year)
    answered, unanswered = (make("done", tier=tier, asks_first=asks_first) for _ in range(2))
    Answers.objects.create(screening=answered)
    photos = Screening.objects.with_outcome()
    expected = {photo.pk for photo in photos if photo.shown_prediction}
    assert {screening.pk for screening in Screening.objects.with_visible_result()} == expected
    assert unanswered.pk not in expected or not asks_first or tier != "watch"


@pytest.mark.parametrize("skin_type", ["II", "VI"])
@pytest.mark.parametrize("verdict", ["soon", "watch", "unusable"])
@pytest.mark.parametrize("tier", ["urgent", "watch", ""])
def test_the_query_for_shown_results_agrees_with_the_pages_of_read_photos(  # noqa: PLR0913, PLR0917
    make, profile, reviewer, tier, verdict, skin_type
):
    type(profile.owner).objects.update(skin_type=skin_type)
    Profile.objects.update(birth_year=1970)
    make_review(make("done", tier=tier, asks_first=True), reviewer, verdict)
    is_shown = Screening.objects.get().shown_prediction is not None
    assert Screening.objects.with_visible_result().exists() is is_shown


@pytest.fixture
def _weak_when_young(monkeypatch):
    weak = replace(KIND, flagged={"age": {"under 40": Share(34, 40, 40)}}, weak_ages=("under 40",))
    monkeypatch.setattr(model_cards, "table_of", lambda *_: weak)


@pytest.mark.usefixtures("profile", "_weak_when_young")
@pytest.mark.parametrize(
    ("years", "tier", "is_warned"),
    [(39, "watch", True), (40, "watch", True), (41, "watch", False), (39, "soon", False)],
)
def test_watch_has_a_warning_at_an_age_at_which_the_model_misses_more(make, years, tier, is_warned):
    Profile.objects.update(birth_year=timezone.localdate().year - years)
    warning = texts.WEAK_AGE.format(age="under 40", missed=15)
    assert (warning in describe(make("done", tier=tier)).paragraphs) is is_warned


def test_a_result_from_before_these_questions_existed_stays_shown(make, profile):
    assert describe(make("done", tier="watch")).kind == "watch"


def test_an_earlier_skin_cancer_is_soon_without_any_answer(make, profile):
    Profile.objects.update(birth_year=1970, had_skin_cancer=True)
    assert describe(make("done", tier="watch")).kind == "soon"


def test_another_persons_spot_uses_that_persons_skin_type(make, owner):
    other = Profile.objects.create(owner=owner, name="Partner", other_skin_type="VI")
    screening = make("done", tier="watch")
    Lesion.objects.update(profile=other)
    assert describe(Screening.objects.get(pk=screening.pk)).kind == "withheld"
    assert not Screening.objects.shown().exists()


def test_a_page_distinguishes_measured_growth_from_answers(make, owner_client):
    screening = make("done", tier="watch", has_grown=True)
    page = owner_client.get(screening.get_absolute_url()).content.decode()
    assert "What your photos show together" in page
    assert "What you told us" not in page
    Profile.objects.update(had_skin_cancer=True)
    outcome = describe(Screening.objects.get())
    assert [sentence for sentence, _ in outcome.growth] == ["Your photos show that it has grown"]
    assert [sentence for sentence, _ in outcome.causes] == [
        f"You told us that {cause_texts.QUOTED[Cause.AFTER_SKIN_CANCER]}"
    ]
    page = owner_client.get(screening.get_absolute_url()).content.decode()
    assert "What you told us" in page


def test_growth_that_counts_for_more_than_a_reading_is_named(make, reviewer):
    screening = make("done", tier="watch", has_grown=True)
    Profile.objects.update(had_melanoma=True)
    make_review(screening, reviewer, "watch")
    outcome = describe(Screening.objects.get())
    assert outcome.stands == texts.STANDS_BY_GROWTH
    assert "told us" not in " ".join(outcome.paragraphs)


def read_by_several(screening, reviewer, *verdicts):
    """Store the verdicts in this order, each by another clinician."""
    readers = [reviewer, *(make_user(f"reader-{n}@example.org") for n in range(1, len(verdicts)))]
    for reader, verdict in zip(readers, verdicts, strict=True):
        make_review(screening, reader, verdict)
    Screening.objects.filter(pk=screening.pk).update(readings_due=0)
    return Screening.objects.get(pk=screening.pk)


def test_readings_that_wait_for_answers_do_not_lower_an_urgency_yet(make, reviewer):
    screening = make("done", tier="watch", asks_first=True)
    Profile.objects.update(birth_year=1974)
    outcome = describe(read_by_several(screening, reviewer, "urgent", "watch", "watch"))
    assert (outcome.kind, outcome.action) == ("urgent", "report")
    assert outcome.stands == texts.STANDS_UNTIL_ANSWERED
    # The link to the questions is below this sentence.
    assert "above" not in outcome.stands


def test_a_corrected_reading_beside_a_more_urgent_one_has_a_page(make, reviewer):
    screening = read_by_several(make("done", tier="watch"), reviewer, "watch", "watch", "urgent")
    make_review(screening, reviewer, "watch")
    assert describe(Screening.objects.get(pk=screening.pk)).kind == "urgent"
