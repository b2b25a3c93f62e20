"""Combinations of a photo's state, the model's answer, the person's answers and the readings.

The page, the lists, the report, the mails and the queue must agree. Each photo is dermoscopic and
has at most two readings. Each cause is tested with one set of answers.
"""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from diagnosis.classification import model_cards
from diagnosis.lesions import letter
from diagnosis.models import (
    Answers,
    Lesion,
    Notice,
    Prediction,
    Profile,
    Reminder,
    Review,
    Screening,
)
from diagnosis.models.notice import is_urgent_result
from diagnosis.outcomes import outcomes, promise, texts
from diagnosis.outcomes.cause_texts import QUOTED, SOURCES
from diagnosis.reminders import notices
from diagnosis.rules import causes, review_policy
from diagnosis.rules.causes import Cause
from diagnosis.rules.urgency import RANK, TO_A_DOCTOR, Part, Reading, Urgency, most_urgent
from tests.factories import FIGURES, STATES

# For each cause: the ticked answers, and the fields of the person's profile.
NOTHING: tuple[dict, dict] = ({}, {})
ANSWERS: dict[Cause | None, tuple[dict, dict]] = {
    None: NOTHING,
    **{cause: ({cause.value: True}, {}) for cause in Cause if hasattr(Answers, cause.value)},
    Cause.NEW_LUMP: ({"is_raised": True, "is_new": True}, {"is_immune_weak": True}),
    Cause.AFTER_MELANOMA: ({"is_new": True}, {"had_melanoma": True}),
    Cause.AFTER_SKIN_CANCER: ({}, {"had_skin_cancer": True}),
    Cause.HAS_GROWN: NOTHING,
    Cause.GROWN_AFTER_MELANOMA: ({}, {"had_melanoma": True}),
    Cause.GROWN_WITH_SIGNS: ({"is_large": True}, {}),
    Cause.SEVERAL_SIGNS: ({"changed_size": True, "is_large": True}, {}),
}
# `elevated` and `lower` are tiers of earlier models; "" means no answer.
MODELS = ("urgent", "soon", "watch", "uncertain", "elevated", "lower", "")
READINGS = [readings for count in range(3) for readings in product(Reading, repeat=count)]
# Only a photo with a result is in the queue and has readings.
TABLE = [
    *(("done", *row) for row in product(MODELS, ANSWERS, READINGS)),
    *product(("refused", "failed", "pending", "running"), [None], ANSWERS, [()]),
]

# How long after the model's answer the person says that a doctor has seen the spot. The first
# reading has the time of the model's answer; the second reading is a minute later.
BETWEEN_READINGS, AFTER_READINGS = timedelta(seconds=30), timedelta(hours=1)


def make_photo(state, model, cause, readings, *, visit=None):
    """Return a photo with everything that is stored about it, without using the database."""
    ticked, about_person = ANSWERS[cause]
    now, owner = timezone.now(), User(email="olga@example.org")
    lesion = Lesion(owner=owner, profile=Profile(owner=owner, birth_year=1969, **about_person))
    seen = [] if visit is None else [Reminder(answer="seen", closed_at=now + visit)]
    lesion._prefetched_objects_cache = {"reminders": seen}  # noqa: SLF001 - as below
    fields = {"created_at": now, "owner": owner, "lesion": lesion, "capture": "dermatoscope"}
    screening = Screening(status=state, has_grown=cause in SOURCES, **fields, **STATES[state])
    screening.answers = Answers(screening=screening, answered_at=now, **ticked)
    tier = "watch" if model == "uncertain" else model
    screening._prefetched_objects_cache = {  # noqa: SLF001 - as prefetch_related would fill it
        "predictions": [] if tier is None else [_prediction(screening, tier, model, now)],
        "reviews": [
            _review(reading, number, tier or "", now) for number, reading in enumerate(readings)
        ],
        "measurements": [],
    }
    screening.has_reader = True
    if tier is not None:
        screening.readings_due = review_policy.readings_due(tier, readings)
    return screening


def _prediction(screening, tier, model, now):
    is_uncertain = model == "uncertain"
    figures = FIGURES[tier]
    return Prediction(tier=tier, is_uncertain=is_uncertain, created_at=now, **figures)


def _review(reading, number, tier, now):
    at = now + timezone.timedelta(minutes=number)
    return Review(pk=number + 1, verdict=reading.value, tier=tier, reviewed_at=at)


@pytest.fixture(scope="module", autouse=True)
def _has_clinicians_and_figures():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(promise, "has_another", lambda _: True)
        patched.setattr(model_cards, "base_of", lambda *_: 19)
        yield


@pytest.fixture(scope="module")
def rows():
    """Every row with its photo, its page and its decision."""
    photos = [(row, make_photo(*row)) for row in TABLE]
    return [(row, photo, outcomes.describe(photo), photo.decision) for row, photo in photos]


def failing(rows, holds):
    """Return the rows for which a property does not hold."""
    assert len(rows) > 500
    return [row for row, *results in rows if not holds(*row, *results)]


def test_the_table_contains_every_cause(rows):
    present = {cause for _, screening, *_ in rows for cause in screening.causes}
    assert present == set(Cause)
    assert all(cause in make_photo("done", "", cause, ()).causes for cause in Cause)


def test_the_page_the_list_and_the_mark_agree(rows):
    def agree(_state, _model, _cause, _readings, screening, page, decision):
        words, urgency = outcomes.in_a_list(screening), decision.urgency
        if page.kind != outcomes.mark(screening):
            return False
        if urgency is None:
            return page.day is None and words not in map(texts.IN_A_LIST.get, Urgency)
        expected = texts.IN_A_LIST[urgency]
        if decision.is_uncertain:
            expected = texts.UNCERTAIN_IN_A_LIST
        elif urgency in TO_A_DOCTOR:
            day = promise.in_words(page.day)
            expected = texts.BY_IN_A_LIST[urgency].format(day=day)
        return page.kind == urgency and words == expected and page.day

    assert failing(rows, agree) == []


def test_no_reading_lowers_a_red_flag(rows):
    def holds(_state, _model, cause, _readings, screening, page, decision):
        is_red_flag = causes.ASKS_FOR.get(cause) is Urgency.URGENT
        return not is_red_flag or decision.urgency is Urgency.URGENT

    assert failing(rows, holds) == []


def test_only_a_clinician_can_lower_the_urgency_of_answers_and_model(rows):
    def holds(_state, model, _cause, readings, screening, page, decision):
        tier_of = {"uncertain": "watch", "elevated": "urgent", "lower": None, "": None}
        tier = tier_of.get(model, model)
        before_readings = most_urgent([Urgency(tier) if tier else None, screening.answers_urgency])
        is_kept = RANK[decision.urgency] >= RANK[before_readings]
        least = min(
            (RANK[reading.urgency] for reading in readings if reading.urgency),
            default=RANK[before_readings],
        )
        return before_readings is None or is_kept or least <= RANK[decision.urgency]

    assert failing(rows, holds) == []


def test_a_more_urgent_reading_counts_at_once(rows):
    def holds(_state, _model, _cause, readings, screening, page, decision):
        last = readings[-1].urgency if readings else None
        return RANK[decision.urgency] >= RANK[last] or last is None

    assert failing(rows, holds) == []


def test_every_reading_is_shown_on_the_page(rows):
    def holds(_state, _model, _cause, readings, screening, page, decision):
        asks_anew = bool(readings) and readings[-1] is Reading.UNUSABLE
        return bool(page.reading) == bool(readings) and bool(page.new_photo) == asks_anew

    assert failing(rows, holds) == []


def test_no_reassuring_text_is_shown_with_advice_to_see_a_doctor(rows):
    soothing = texts.TIER_TEXTS[Urgency.WATCH]

    def holds(_state, _model, _cause, _readings, screening, page, decision):
        asks_for_a_doctor = decision.urgency in {Urgency.URGENT, Urgency.SOON}
        by_model = decision.part is Part.MODEL
        return (not asks_for_a_doctor or soothing not in page.paragraphs) and (
            by_model or not page.frequency
        )

    assert failing(rows, holds) == []


def test_a_page_with_a_day_for_the_doctor_names_no_other_time(rows):
    def holds(_state, _model, _cause, _readings, screening, page, decision):
        return decision.urgency is None or str(texts.DO_NOT_WAIT) not in page.paragraphs

    assert failing(rows, holds) == []


def test_the_page_asks_for_one_thing(rows):
    def holds(_state, _model, _cause, _readings, _screening, page, decision):
        links = [step.link for step in page.steps]
        if decision.urgency is Urgency.WATCH and not decision.is_uncertain:
            return page.action == "calendar" and page.heading.lower().count("not an all-clear") == 1
        return decision.urgency is None or (page.action == "report" and "report" in links)

    assert failing(rows, holds) == []


def test_an_unusable_photo_never_weakens_the_advice(rows):
    def holds(_state, _model, _cause, readings, _screening, page, decision):
        is_unusable = bool(readings) and readings[-1] is Reading.UNUSABLE
        is_softened = "If you are worried" in page.reading + page.stands
        return (
            not is_unusable
            or not decision.urgency
            or decision.urgency is Urgency.WATCH
            or (not is_softened)
        )

    assert failing(rows, holds) == []


OPENINGS = {
    Cause.HAS_GROWN: "Your photos show that",
    Cause.GROWN_AFTER_MELANOMA: "Your photos and your answers show that",
    Cause.GROWN_WITH_SIGNS: "Your photos and your answers show that",
}


def test_a_heading_quotes_the_answers_only_if_they_decide(rows):
    def holds(_state, _model, cause, _readings, _screening, page, decision):
        opening = OPENINGS.get(cause, "You told us that")
        is_quoted = page.heading.startswith(opening)
        return is_quoted == (decision.part is Part.ANSWERS)

    assert failing(rows, holds) == []


def test_the_queue_uses_the_same_urgency_before_any_reading(rows):
    def place(screening):
        prediction = screening.prediction
        return review_policy.urgency(
            prediction.tier,
            answers_urgency=screening.answers_urgency,
            is_uncertain=prediction.is_uncertain,
        )

    def holds(state, _model, _cause, readings, screening, page, decision):
        if state != "done" or readings:
            return True
        least = review_policy.TURNS[decision.urgency]
        return least <= place(screening) <= least + decision.is_uncertain

    assert failing(rows, holds) == []


REQUESTS = {
    Urgency.URGENT: "Urgent: please see within two weeks, by ",
    Urgency.SOON: "Please see within eight weeks, by ",
    Urgency.WATCH: "No visit is requested. A new photo is due on ",
    None: "There is no result on how urgent the spot is",
}


def test_the_report_has_the_urgency_and_day_of_the_page(rows):
    def holds(_state, _model, _cause, _readings, screening, page, decision):
        requested = letter.requested(screening)
        day = date_format(page.day, "j F Y") if page.day else ""
        opening = "The result is uncertain: please look at the spot. "
        request = opening if decision.is_uncertain else REQUESTS[decision.urgency]
        return requested.startswith(request) and day in requested

    assert failing(rows, holds) == []


def test_the_report_names_all_sources_of_the_urgency(rows):
    def holds(_state, _model, _cause, readings, screening, page, decision):
        sentences = letter.why(screening)
        quotes = [str(QUOTED[Cause(cause)]) for cause in screening.causes]
        of_readings = [
            sentence for sentence in sentences if sentence.startswith("A clinician read a photo")
        ]
        of_model = [sentence for sentence in sentences if sentence.startswith("The model")]
        is_complete = len(of_readings) == len(readings) and all(
            quote in " ".join(sentences) for quote in quotes
        )
        return is_complete and bool(of_model) == bool(screening.shown_prediction)

    assert failing(rows, holds) == []


def test_the_report_never_addresses_the_person(rows):
    def holds(_state, _model, _cause, _readings, screening, page, decision):
        written = " ".join([letter.requested(screening), *letter.why(screening)])
        return not re.search(r"\byou", written + " ".join(letter.signs(screening)), re.IGNORECASE)

    assert failing(rows, holds) == []


@pytest.fixture(scope="module")
def rows_with_notices(rows):
    """Each row with readings, its earlier and its new notice, and the decision.

    The earlier notice is from before the last reading. The new notice is a dict of its fields.
    """
    found = []
    for row, screening, _, decision in rows:
        state, model, cause, readings = row
        if readings:
            earlier = make_photo(state, model, cause, readings[:-1])
            notice = notice_of(earlier, has_reading=len(readings) > 1)
            found.append((row, notice, notices.notice_fields(screening, notice), decision))
    return found


def notice_of(earlier, *, has_reading):
    """Return the notice that was mailed about a photo before its last reading, or None."""
    if not has_reading and not is_urgent_result(earlier):
        return None
    mailed = timezone.now() - timedelta(days=1)
    return Notice(urgency=earlier.decision.urgency or "", is_reading=has_reading, mailed_at=mailed)


def test_every_first_and_every_more_urgent_reading_is_mailed(rows_with_notices):
    def holds(_state, _model, _cause, readings, notice, fields, decision):
        earlier = Urgency(notice.urgency) if notice and notice.urgency else None
        is_news = len(readings) == 1 or RANK[decision.urgency] > RANK[earlier]
        is_due = fields.get("due_at") is not None and fields.get("mailed_at", notice) is None
        return is_due == is_news

    assert failing(rows_with_notices, holds) == []


def test_a_notice_has_the_urgency_of_the_page(rows_with_notices):
    def holds(_state, _model, _cause, _readings, notice, fields, decision):
        is_open = fields["opened_at"] is None and fields["reached_at"] is None
        return fields["urgency"] == (decision.urgency or "") and is_open

    assert failing(rows_with_notices, holds) == []


def test_only_an_urgent_reading_is_mailed_twice(rows_with_notices):
    def holds(_state, _model, _cause, _readings, notice, fields, decision):
        is_second = "mailed_at" not in fields and fields["due_at"] is not None
        return not is_second or decision.urgency is Urgency.URGENT

    assert failing(rows_with_notices, holds) == []


def test_without_a_reading_only_an_urgent_result_of_the_model_is_mailed(rows):
    def holds(_state, model, _cause, readings, screening, page, decision):
        if readings:
            return True
        return is_urgent_result(screening) == (model in {"urgent", "elevated"})

    assert failing(rows, holds) == []


@pytest.fixture(scope="module", params=[BETWEEN_READINGS, AFTER_READINGS])
def visited_rows(rows, request):
    """Each row with its photo and page without a visit, then its photo and page with a visit.

    Last comes a pair: the decision, and whether the visit follows the advice to see a doctor.
    """
    visit, found = request.param, []
    for row, photo, page, decision in rows:
        visited = make_photo(*row, visit=visit)
        pages = (photo, page), (visited, outcomes.describe(visited))
        found.append(((*row, visit), *pages, (decision, follows_advice(visit, photo))))
    return found


def follows_advice(visit, screening):
    """Return whether a visit came after the advice to see a doctor."""
    urgency = screening.decision.urgency
    known = screening.findings if visit == AFTER_READINGS else screening.findings[:1]
    asked = [screening.answers_urgency, *(reading.urgency for reading in known)]
    if not screening.no_tier_reason:
        asked.append(screening.prediction.urgency)
    return urgency in TO_A_DOCTOR and any(RANK[request] >= RANK[urgency] for request in asked)


def test_after_a_visit_the_page_the_list_and_the_mark_agree(visited_rows):
    def agree(*row_and_photos):
        (unvisited, first_page), (screening, page), (decision, is_visited) = row_and_photos[-3:]
        shown = outcomes.mark(screening), outcomes.in_a_list(screening), page.heading
        if not is_visited:
            return page == first_page and shown[1] == outcomes.in_a_list(unvisited)
        of_visit = {"steps": (), "stands": "", "visited": page.visited}
        expected = ("visited", texts.VISITED_IN_A_LIST, texts.VISITED_HEADING)
        if page.visited == texts.READ_SINCE:
            expected = (decision.urgency, texts.READ_SINCE_IN_A_LIST, texts.READ_SINCE_HEADING)
        is_same = page == replace(first_page, kind=shown[0], heading=shown[2], **of_visit)
        return is_same and shown == expected and bool(page.visited)

    assert failing(visited_rows, agree) == []


def test_only_a_reading_after_the_visit_asks_for_a_doctor_again(visited_rows):
    def holds(_state, _model, _cause, _readings, visit, *photos_and_decision):
        _, (screening, page), (_, is_visited) = photos_and_decision
        review = screening.review
        is_later = visit == BETWEEN_READINGS and review and review.pk == 2
        asks_again = bool(is_visited and is_later and review.sends_to_a_doctor)
        return (page.visited == texts.READ_SINCE) == asks_again

    assert failing(visited_rows, holds) == []


def test_the_report_names_a_visit_and_keeps_its_request(visited_rows):
    def holds(*row_and_photos):
        (unvisited, _), (screening, _), (_, is_visited) = row_and_photos[-3:]
        requested, words = letter.requested(unvisited), letter.requested(screening)
        names_it = words != requested and words.startswith(requested) and "has seen" in words
        return names_it if is_visited else words == requested

    assert failing(visited_rows, holds) == []


def test_a_visit_changes_neither_the_urgency_nor_the_mails(visited_rows):
    def holds(_state, _model, _cause, readings, _visit, *photos_and_decision):
        (unvisited, _), (visited, _), (decision, _) = photos_and_decision
        results = [
            (is_urgent_result(photo), readings and notices.notice_fields(photo, None)["urgency"])
            for photo in (unvisited, visited)
        ]
        return visited.decision == decision and results[0] == results[1]

    assert failing(visited_rows, holds) == []
