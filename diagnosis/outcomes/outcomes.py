"""The texts that a person reads about a screening.

The page adds the same advice to each of them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format

from diagnosis.classification import inference
from diagnosis.models import Prediction, Screening
from diagnosis.models.choices import RefusalReason
from diagnosis.models.decisions import due
from diagnosis.models.decisions.decided import (
    AGE_FIRST,
    MINOR,
    QUESTIONS_FIRST,
    SKIN_TYPE_FIRST,
    UNANSWERED,
    WITHHELD,
)
from diagnosis.outcomes import cause_texts, promise, texts
from diagnosis.rules import stored_tiers
from diagnosis.rules.causes import Cause
from diagnosis.rules.urgency import RANK, Decision, Part, Urgency
from ml.serving import age_bands, shares

Status = Screening.Status
SILENT_ACTIONS: Final[dict[str, str]] = {
    Status.REFUSED: "crop",
    Status.PENDING: "",
    Status.RUNNING: "",
    AGE_FIRST: AGE_FIRST,
    SKIN_TYPE_FIRST: SKIN_TYPE_FIRST,
    QUESTIONS_FIRST: QUESTIONS_FIRST,
}
NOBODY_SAID = {UNANSWERED, WITHHELD}


@dataclass(frozen=True)
class Outcome:
    """Text that is safe to show.

    Attributes:
        kind: an urgency, or why there is none; it selects the mark.
        heading: the verdict, with the day to see a doctor by.
        action: what the page's only button does.
        causes: the person's answers that ask for a doctor, and why.
        ticked: the other questions that were answered with yes.
        paragraphs: the text about the photo.
        steps: what to do, in order.
        day: by which to see a doctor, or of the next photo.
        stands: why the heading stays although a clinician's reading is less urgent.
    """

    kind: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    action: str = ""
    steps: tuple[texts.Step, ...] = ()
    causes: tuple[tuple[str, str], ...] = ()
    ticked: tuple[str, ...] = ()
    day: date | None = None
    reading: str = ""
    stands: str = ""
    new_photo: str = ""
    frequency: str = ""
    cannot_know: tuple[str, ...] = ()


def kind(screening: Screening) -> str:
    """Name an urgency, or why there is none."""
    return screening.decision.urgency or screening.silence


def mark(screening: Screening) -> str:
    """Name the mark of a screening."""
    decision = screening.decision
    if decision.urgency is None and decision.needs_new_photo:
        return Status.REFUSED
    return decision.urgency or screening.silence


def in_a_list(screening: Screening) -> str:
    """Return the heading of a screening's page in a few words."""
    decision, silence = screening.decision, screening.silence
    if decision.urgency is None:
        if decision.needs_new_photo:
            return texts.NEW_PHOTO_IN_A_LIST
        return texts.IN_A_LIST.get(silence) or screening.get_status_display()
    return texts.UNCERTAIN_IN_A_LIST if decision.is_uncertain else texts.IN_A_LIST[decision.urgency]


def describe(screening: Screening) -> Outcome:
    """Return the text for a screening, whatever its status."""
    decision = screening.decision
    day = due.day(screening, decision)
    return Outcome(
        kind=mark(screening),
        heading=_heading(screening, decision, day),
        paragraphs=_photo(screening, decision),
        action=_action(screening, decision),
        steps=_steps(screening, decision),
        causes=_causes(decision),
        ticked=_ticked(screening, decision),
        day=day,
        reading=_reading(screening),
        stands=_stands(screening, decision),
        new_photo=texts.NEW_PHOTO if decision.needs_new_photo else "",
        frequency=_frequency(screening),
        cannot_know=() if screening.silence else texts.CANNOT_KNOW,
    )


def _heading(screening: Screening, decision: Decision, day: date | None) -> str:
    if decision.urgency is None or day is None:
        return _unanswered_heading(screening, decision)
    if decision.is_uncertain:
        return texts.UNCERTAIN_HEADING
    headings = texts.LATE_HEADINGS if day < timezone.localdate() else texts.TIER_HEADINGS
    heading = headings[decision.urgency].format(day=in_words(day))
    return _whose(decision, decision.urgency).format(
        heading=heading, lower=heading[0].lower() + heading[1:]
    )


def _whose(decision: Decision, urgency: Urgency) -> str:
    """Return the frame of a heading that names its source, if that is not the photo."""
    if decision.part is Part.READING:
        return texts.READ_FRAMES[urgency]
    if decision.part is Part.ANSWERS:
        return cause_texts.said(Cause(decision.causes[0])) + ": {lower}"
    return "{heading}"


def _unanswered_heading(screening: Screening, decision: Decision) -> str:
    if decision.needs_new_photo:
        return texts.UNUSABLE_HEADING
    if screening.silence in NOBODY_SAID:
        return _why_unanswered(screening)[0]
    return texts.SILENT_HEADINGS[screening.silence]


def _why_unanswered(screening: Screening) -> tuple[str, str]:
    """Return the sentence that a clinician looks first, if there is one."""
    if not screening.review and promise.day(screening) is None:
        return texts.NOBODY_HEADING, texts.NOBODY
    if screening.silence == WITHHELD:
        return texts.CLINICIAN_FIRST_HEADING, texts.CLINICIAN_FIRST
    if screening.prediction and screening.prediction.tier == stored_tiers.LOWER:
        return texts.OUTDATED_HEADING, texts.OUTDATED
    if screening.prediction and screening.prediction.is_unlike:
        return texts.UNLIKE_HEADING, texts.UNLIKE
    return texts.NO_ANSWER_HEADING, texts.NO_ANSWER


def _photo(screening: Screening, decision: Decision) -> tuple[str, ...]:
    """Return the text about the photo alone.

    It is empty if it would say less than other sources.
    """
    silence, prediction = screening.silence, screening.prediction
    if silence == Status.REFUSED:
        reason = RefusalReason(screening.refusal)
        return (f"{reason.label}.", texts.RETAKE[reason], texts.REFUSED_TEXT)
    if silence in NOBODY_SAID:
        return () if screening.review else _unanswered(screening)
    if silence == SKIN_TYPE_FIRST:
        return (*texts.SILENT_TEXTS[silence], *_read_by(screening))
    if silence or prediction is None or prediction.urgency is None:
        return texts.SILENT_TEXTS[silence]
    told = _tier_texts(prediction.urgency, decision, is_uncertain=prediction.is_uncertain)
    return (*told, *_weak_age(screening, prediction, decision))


def _unanswered(screening: Screening) -> tuple[str, ...]:
    by = promise.day(screening)
    until = (texts.READ_BY.format(day=in_words(by)),) if by else ()
    return (_why_unanswered(screening)[1], *until, texts.DO_NOT_WAIT)


def _read_by(screening: Screening) -> tuple[str, str]:
    """Return who reads a photo if the person does not state their skin type."""
    by = promise.day(screening)
    read = texts.RATHER_NOT_SAY.format(day=in_words(by)) if by else texts.NOBODY_INSTEAD
    return read, texts.DO_NOT_WAIT


def _tier_texts(tier: Urgency, decision: Decision, *, is_uncertain: bool) -> tuple[str, ...]:
    if decision.is_lowered:
        return ()
    if tier is Urgency.SOON and decision.urgency is Urgency.URGENT:
        return (texts.PHOTO_SAYS_SOON,)
    if tier is Urgency.WATCH and decision.urgency is not Urgency.WATCH:
        told_by = {Part.ANSWERS: cause_texts.PHOTO_SAYS_LESS, Part.READING: texts.READ_MORE}
        return (told_by[decision.part or Part.READING],)
    return (*((texts.UNCERTAIN,) if is_uncertain else ()), texts.TIER_TEXTS[tier])


def _weak_age(screening: Screening, prediction: Prediction, decision: Decision) -> tuple[str, ...]:
    """Return a warning for `watch` if the model's card calls the person's age weak."""
    age = screening.profile.age if screening.profile else None
    if age is None or decision.urgency is not Urgency.WATCH or decision.part is not Part.MODEL:
        return ()
    table = inference.table_of(prediction.model_version, prediction.kind)
    # Only the year of birth is known, so they may be a year older.
    mine = {age_bands.band_of(years) for years in (age, age + 1)}
    weak = mine.intersection(table.weak_ages) if table else ()
    return tuple(_misses(band, table.flagged[shares.AGE][band]) for band in weak if table)


def _misses(age: str, flagged: shares.Share) -> str:
    return texts.WEAK_AGE.format(age=age, missed=100 - flagged.per_100)


def _action(screening: Screening, decision: Decision) -> str:
    """Return what the page's button does."""
    if decision.urgency is Urgency.WATCH:
        return "calendar"
    if decision.urgency:
        return "report"
    return SILENT_ACTIONS.get(screening.silence, "report")


def _steps(screening: Screening, decision: Decision) -> tuple[texts.Step, ...]:
    if decision.urgency:
        return texts.STEPS[decision.urgency]
    if screening.silence != MINOR:
        return ()
    return tuple(step for step in texts.STEPS[Urgency.URGENT] if step.link != texts.CALENDAR)


def _causes(decision: Decision) -> tuple[tuple[str, str], ...]:
    """Return the person's answers as quotations, each with the reason why it counts."""
    every = [Cause(name) for name in decision.causes]
    return tuple((cause_texts.said(one), cause_texts.WHY[one]) for one in every)


def _ticked(screening: Screening, decision: Decision) -> tuple[str, ...]:
    """Return the other questions that were answered with yes."""
    answers = screening.given_answers
    if answers is None:
        return ()
    # A lump that grows" already says that it is a lump.
    told = {*decision.causes, *(["is_raised"] if answers.is_growing_lump else [])}
    said = zip(answers.ticked, answers.sentences, strict=True)
    return tuple(sentence for name, sentence in said if name not in told)


def _reading(screening: Screening) -> str:
    """Return the sentence about a reading, by its urgency."""
    return texts.VERDICT_TEXTS[screening.review.reading] if screening.review else ""


def _stands(screening: Screening, decision: Decision) -> str:
    read = screening.review.reading.urgency if screening.review else None
    if read is None or decision.urgency is None or RANK[read] >= RANK[decision.urgency]:
        return ""
    return texts.STANDS_UNTIL_READ if screening.readings_due else texts.STANDS_BY_ANSWERS


def in_words(day: date) -> str:
    is_this_year = day.year == timezone.localdate().year
    return date_format(day, "j F" if is_this_year else "j F Y")


def _frequency(screening: Screening) -> str:
    """Return the frequency among similar photos with its base, if the model's word decides.

    Empty if there is no card with the base. Empty, too, beside an advice to see a doctor if the
    frequency is below the base, since that would read as less than usual.
    """
    prediction = None if screening.silence else screening.prediction
    if prediction is None or screening.decision.part is not Part.MODEL:
        return ""
    base = inference.base_of(prediction.model_version, prediction.kind)
    if prediction.cancers_per_100 is None or base is None:
        return ""
    is_watch = screening.decision.urgency is Urgency.WATCH
    if not is_watch and prediction.cancers_per_100 <= base:
        return ""
    return texts.frequency(prediction.cancers_per_100, base)
