"""Chooses the texts that a person reads about a screening. Every page adds `texts.ADVICE`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from diagnosis.models import Lesion, Screening
from diagnosis.models.decisions import due
from diagnosis.models.decisions.decided import (
    AGE_FIRST,
    ASKS,
    QUESTIONS_FIRST,
)
from diagnosis.outcomes import cause_texts, photo_part, promise, steps, texts
from diagnosis.outcomes.steps import Step
from diagnosis.rules.causes import Cause
from diagnosis.rules.urgency import RANK, TO_A_DOCTOR, Decision, Part, Urgency

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    ByUrgency = Mapping[Urgency, StrOrPromise]
Status = Screening.Status
# `VISITED` is the kind of an outcome after a reported visit. `SKIN_TYPE` is the value of
# `Outcome.also` if the photo needs the person's skin type.
VISITED, SKIN_TYPE = "visited", "skin_type"
NO_TIER_ACTIONS: Final[dict[str, str]] = {
    Status.REFUSED: "crop",
    Status.PENDING: "",
    Status.RUNNING: "",
    AGE_FIRST: AGE_FIRST,
    QUESTIONS_FIRST: QUESTIONS_FIRST,
}


@dataclass(frozen=True)
class Outcome:
    """The texts of a screening's page, as plain text.

    Attributes:
        kind: an urgency, `VISITED`, or why there is no urgency. It selects the icon.
        heading: the urgency in words, with the day to see a doctor by.
        refusal: what is wrong with a refused photo, unless the page has an urgency.
        action: what the page's only button does.
        also: what the person should do for the photo besides the button's action.
        causes: the person's answers that are causes for seeing a doctor, and why they count.
        growth: measured growth that is a cause for seeing a doctor, and why it counts.
        ticked: the person's answers with yes that are not among the causes.
        paragraphs: the text about the photo.
        steps: what to do, in order.
        day: the day by which to see a doctor, or of the next photo.
        reading: the sentence about a clinician's reading.
        visited: the sentence that a doctor has seen the spot, if the person answered so.
        stands: why the heading stays although a clinician's reading is less urgent.
        new_photo: the request for a new photo, if the clinician could not judge this one.
        frequency: how often similar photos showed a cancer.
        cannot_know: what the model does not know.
    """

    kind: str
    heading: str
    refusal: str = ""
    paragraphs: tuple[str, ...] = ()
    action: str = ""
    also: str = ""
    steps: tuple[Step, ...] = ()
    causes: tuple[tuple[str, str], ...] = ()
    growth: tuple[tuple[str, str], ...] = ()
    ticked: tuple[str, ...] = ()
    day: date | None = None
    reading: str = ""
    visited: str = ""
    stands: str = ""
    new_photo: str = ""
    frequency: str = ""
    cannot_know: tuple[str, ...] = ()


def mark(screening: Screening) -> str:
    """Return the name of a screening's icon."""
    decision = screening.decision
    if decision.urgency is None and decision.needs_new_photo:
        return Status.REFUSED
    if due.is_visited(screening, decision) and not due.is_read_since_the_visit(screening):
        return VISITED
    return decision.urgency or screening.no_tier_reason


def in_a_list(screening: Screening) -> str:
    """Return a screening's heading, shortened for lists."""
    decision = screening.decision
    if decision.urgency is None:
        return str(_unanswered_in_a_list(screening, decision))
    if decision.is_uncertain:
        return str(texts.UNCERTAIN_IN_A_LIST)
    if due.is_visited(screening, decision):
        is_read_since = due.is_read_since_the_visit(screening)
        return str(texts.READ_SINCE_IN_A_LIST if is_read_since else texts.VISITED_IN_A_LIST)
    if _is_followed(screening, decision):
        return str(texts.FOLLOWED_IN_A_LIST)
    return _with_day(screening, decision, texts.BY_IN_A_LIST, texts.LATE_IN_A_LIST)


def awaits_an_earlier_visit(lesion: Lesion) -> bool:
    """Return whether an earlier photo sends the person to a doctor sooner than the newest photo.

    This makes no query if the related rows are prefetched.
    """
    newest, *earlier = lesion.screenings.all()
    return sooner_visit(newest, earlier) is not None


def _awaits_a_visit(screening: Screening) -> bool:
    """Return whether a photo advises a visit that the person has not reported."""
    decision = screening.decision
    return decision.urgency in TO_A_DOCTOR and not due.is_visited(screening, decision)


def of_another_photo(screening: Screening) -> str:
    """Return the sentence that another photo still sends the person to a doctor.

    Without it, a later photo would seem to cancel or postpone the visit. The sentence is empty if
    no other photo advises a visit, or if this photo advises one by the same day or earlier.
    """
    if not screening.is_finished:
        return ""
    photos = screening.lesion.screenings.all()
    first = sooner_visit(screening, [photo for photo in photos if photo.pk != screening.pk])
    if first is None:
        return ""
    text = texts.ANOTHER_IS_LATE if promise.is_past(first) else texts.ANOTHER_STANDS
    return str(text).format(day=promise.in_words(first))


def sooner_visit(screening: Screening, others: Iterable[Screening]) -> date | None:
    """Return the earliest day by which another photo sends the person to a doctor.

    Return None if this photo advises a visit by the same day or earlier.
    """
    days = [due.day(other, other.decision) for other in others if _awaits_a_visit(other)]
    first, decision = min(filter(None, days), default=None), screening.decision
    own = due.day(screening, decision) if decision.urgency in TO_A_DOCTOR else None
    return None if first and own and own <= first else first


def _unanswered_in_a_list(screening: Screening, decision: Decision) -> "StrOrPromise":
    if decision.needs_new_photo:
        return texts.NEW_PHOTO_IN_A_LIST
    if photo_part.has_nobody(screening):
        return texts.NOBODY_IN_A_LIST
    return texts.IN_A_LIST.get(screening.no_tier_reason) or screening.get_status_display()


def describe(screening: Screening) -> Outcome:
    """Return the text for a screening, whatever its status."""
    decision = screening.decision
    day, is_visited = due.day(screening, decision), due.is_visited(screening, decision)
    return Outcome(
        kind=mark(screening),
        heading=_heading(screening, decision),
        refusal="" if decision.urgency else photo_part.refusal(screening),
        paragraphs=tuple(map(str, photo_part.paragraphs(screening, decision))),
        action=_action(screening, decision, day),
        also=_also(screening, decision),
        steps=() if is_visited else steps.of(screening, decision, day),
        causes=_causes(decision, is_measured=False),
        growth=_causes(decision, is_measured=True),
        ticked=_ticked(screening, decision),
        day=day,
        reading=_reading(screening),
        visited=str(_visited(screening)) if is_visited else "",
        stands="" if is_visited else str(_stands(screening, decision)),
        new_photo=str(texts.NEW_PHOTO) if decision.needs_new_photo else "",
        frequency=photo_part.frequency(screening, decision),
        cannot_know=() if screening.no_tier_reason else tuple(map(str, texts.CANNOT_KNOW)),
    )


def _heading(screening: Screening, decision: Decision) -> str:
    if decision.urgency is None:
        return str(_unanswered_heading(screening, decision))
    if decision.is_uncertain:
        return str(texts.UNCERTAIN_HEADING)
    if due.is_visited(screening, decision):
        is_read_since = due.is_read_since_the_visit(screening)
        return str(texts.READ_SINCE_HEADING if is_read_since else texts.VISITED_HEADING)
    heading = _with_day(screening, decision, texts.TIER_HEADINGS, texts.LATE_HEADINGS)
    if _is_followed(screening, decision):
        heading = str(texts.FOLLOWED_HEADING)
    return _heading_format(decision, decision.urgency).format(
        heading=heading, lower=heading[0].lower() + heading[1:]
    )


def _is_followed(screening: Screening, decision: Decision) -> bool:
    """Return whether a new photo was due after this `watch`, and has been read."""
    day = due.day(screening, decision)
    is_due = decision.urgency is Urgency.WATCH and day is not None and promise.is_past(day)
    return is_due and screening.is_followed


def _with_day(
    screening: Screening, decision: Decision, ahead: "ByUrgency", late: "ByUrgency"
) -> str:
    """Return an urgency's text, which changes once its day is past."""
    day = due.day(screening, decision)
    if decision.urgency is None or day is None:
        raise ValueError(decision)
    return (late if promise.is_past(day) else ahead)[decision.urgency].format(
        day=promise.in_words(day)
    )


def _heading_format(decision: Decision, urgency: Urgency) -> "StrOrPromise":
    """Return a format string for a heading. It names the source, unless that is the model."""
    if decision.part is Part.READING:
        return texts.READING_HEADINGS[urgency]
    if decision.part is Part.ANSWERS:
        return cause_texts.sentence(Cause(decision.causes[0])) + ": {lower}"
    return "{heading}"


def _unanswered_heading(screening: Screening, decision: Decision) -> "StrOrPromise":
    if decision.needs_new_photo:
        return texts.UNUSABLE_HEADING
    if screening.no_tier_reason in photo_part.WITHOUT_ANSWER:
        return photo_part.why_unanswered(screening)[0]
    return texts.NO_TIER_HEADINGS[screening.no_tier_reason]


def _visited(screening: Screening) -> "StrOrPromise":
    return texts.READ_SINCE if due.is_read_since_the_visit(screening) else texts.VISITED


def _action(screening: Screening, decision: Decision, day: date | None) -> str:
    """Return what the page's button does."""
    if decision.urgency is Urgency.WATCH and day and not decision.is_uncertain:
        if _is_followed(screening, decision):
            return "newer"
        return "again" if promise.is_past(day) else steps.CALENDAR
    if decision.urgency:
        return "report"
    return NO_TIER_ACTIONS.get(screening.no_tier_reason, "report")


def _also(screening: Screening, decision: Decision) -> str:
    """Return what the photo needs besides what the page's button does."""
    if screening.waits_for_skin_type:
        return SKIN_TYPE
    return NO_TIER_ACTIONS.get(screening.no_tier_reason, "") if decision.urgency else ""


def _causes(decision: Decision, *, is_measured: bool) -> tuple[tuple[str, str], ...]:
    """Return causes of one source as sentences, each with the reason why it counts."""
    causes = [Cause(name) for name in decision.causes]
    return tuple(
        (cause_texts.sentence(cause), str(cause_texts.WHY[cause]))
        for cause in causes
        if (cause in cause_texts.SOURCES) == is_measured
    )


def _ticked(screening: Screening, decision: Decision) -> tuple[str, ...]:
    """Return the person's answers with yes that are not among the causes."""
    answers = screening.given_answers
    if answers is None:
        return ()
    # "A lump that grows" already says that it is a lump.
    quoted = {*decision.causes, *(["is_raised"] if answers.is_growing_lump else [])}
    questions = zip(answers.ticked, answers.sentences, strict=True)
    return tuple(sentence for name, sentence in questions if name not in quoted)


def _reading(screening: Screening) -> str:
    """Return the sentence about a reading, by its urgency."""
    return str(texts.VERDICT_TEXTS[screening.review.reading]) if screening.review else ""


def _stands_by_causes(screening: Screening, decision: Decision) -> "StrOrPromise":
    if decision.causes:
        is_measured = Cause(decision.causes[0]) in cause_texts.SOURCES
        return texts.STANDS_BY_GROWTH if is_measured else texts.STANDS_BY_ANSWERS
    # A more urgent reading by another clinician counts as long as answers are missing.
    return texts.STANDS_UNTIL_ANSWERED if _waits_for_answers(screening) else ""


def _waits_for_answers(screening: Screening) -> bool:
    """Return whether a less urgent reading waits for the person's answers."""
    return screening.lacks_answers or screening.no_tier_reason in ASKS


def _stands(screening: Screening, decision: Decision) -> "StrOrPromise":
    """Return why the heading keeps its day although the reading is less urgent."""
    if screening.review is None:
        return ""
    reading = screening.review.reading.urgency
    if reading is None:
        return texts.STANDS_UNUSABLE if decision.urgency in TO_A_DOCTOR else texts.UNUSABLE_WORRIED
    if decision.urgency is None and _waits_for_answers(screening):
        return texts.STANDS_UNTIL_ANSWERED
    if decision.urgency is None or RANK[reading] >= RANK[decision.urgency]:
        return ""
    if not screening.readings_due:
        return _stands_by_causes(screening, decision)
    has_next = promise.has_another(screening)
    return texts.STANDS_UNTIL_NEXT_READING if has_next else texts.STANDS_WITHOUT_NEXT_READING
