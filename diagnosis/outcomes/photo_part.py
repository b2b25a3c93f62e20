"""What a page says of the photo itself: what the model found, or why it has no answer."""

from typing import TYPE_CHECKING, Final

from diagnosis.classification import model_cards
from diagnosis.models import Prediction, Screening
from diagnosis.models.choices import RefusalReason
from diagnosis.models.decisions.decided import SKIN_TYPE_FIRST, UNANSWERED, WITHHELD
from diagnosis.outcomes import cause_texts, promise, texts
from diagnosis.rules import stored_tiers
from diagnosis.rules.urgency import Decision, Part, Urgency
from ml.serving import age_bands, shares

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Status = Screening.Status
NOBODY_SAID: Final = {UNANSWERED, WITHHELD}


def seen(screening: Screening) -> str:
    """Say what is wrong with a refused photo."""
    if screening.no_tier_reason != Status.REFUSED:
        return ""
    return f"{RefusalReason(screening.refusal).label}."


def paragraphs(screening: Screening, decision: Decision) -> tuple["StrOrPromise", ...]:
    """Return the text about the photo alone.

    It is empty if it would say less than other sources.
    """
    no_tier_reason, prediction = screening.no_tier_reason, screening.prediction
    if no_tier_reason == Status.REFUSED:
        reason = RefusalReason(screening.refusal)
        is_seen_above = decision.urgency is None
        why = () if is_seen_above else (seen(screening),)
        return (*why, texts.RETAKE[reason], texts.REFUSED_TEXT)
    if no_tier_reason in NOBODY_SAID:
        return () if screening.review else _unanswered(screening, decision)
    if no_tier_reason == SKIN_TYPE_FIRST:
        return (*texts.NO_TIER_TEXTS[no_tier_reason], *_read_by(screening, decision))
    if no_tier_reason or prediction is None or prediction.urgency is None:
        return texts.NO_TIER_TEXTS[no_tier_reason]
    told = _tier_texts(prediction.urgency, decision, is_uncertain=prediction.is_uncertain)
    return (*told, *_weak_age(screening, prediction, decision))


def _unanswered(screening: Screening, decision: Decision) -> tuple["StrOrPromise", ...]:
    by = promise.day(screening)
    # Whose answers ask for a doctor does not wait for the clinician.
    read_by = texts.ALSO_READ_BY if decision.urgency else texts.READ_BY
    until = (read_by.format(day=promise.in_words(by)),) if by else ()
    return (why_unanswered(screening)[1], *until, *_do_not_wait(decision))


def _do_not_wait(decision: Decision) -> tuple["StrOrPromise", ...]:
    """Return when not to wait for an answer. Beside another day it would contradict it."""
    return () if decision.urgency else (texts.DO_NOT_WAIT,)


def why_unanswered(screening: Screening) -> tuple["StrOrPromise", "StrOrPromise"]:
    """Return the sentence that a clinician looks first, if there is one."""
    if has_nobody(screening):
        is_late = promise.is_given(screening.owner)
        return texts.NOBODY_HEADING, texts.NOBODY_IN_TIME if is_late else texts.NOBODY
    if screening.no_tier_reason == WITHHELD:
        return texts.CLINICIAN_FIRST_HEADING, texts.CLINICIAN_FIRST
    if screening.prediction and screening.prediction.tier == stored_tiers.LOWER:
        return texts.OUTDATED_HEADING, texts.OUTDATED
    if screening.prediction and screening.prediction.is_unlike:
        return texts.UNLIKE_HEADING, texts.UNLIKE
    return texts.NO_ANSWER_HEADING, texts.NO_ANSWER


def has_nobody(screening: Screening) -> bool:
    """Return whether nobody reads a photo that the model has no answer for."""
    is_unanswered = screening.silence in NOBODY_SAID
    return is_unanswered and not screening.review and promise.day(screening) is None


def _read_by(screening: Screening, decision: Decision) -> tuple["StrOrPromise", ...]:
    """Return who reads a photo if the person does not state their skin type."""
    by = promise.day(screening)
    read = texts.RATHER_NOT_SAY.format(day=promise.in_words(by)) if by else texts.NOBODY_INSTEAD
    return (read, *_do_not_wait(decision))


def _tier_texts(
    tier: Urgency, decision: Decision, *, is_uncertain: bool
) -> tuple["StrOrPromise", ...]:
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
    table = model_cards.table_of(prediction.model_version, prediction.kind)
    # Only the year of birth is known, so they may be a year older.
    mine = {age_bands.band_of(years) for years in (age, age + 1)}
    weak = mine.intersection(table.weak_ages) if table else ()
    return tuple(_misses(band, table.flagged[shares.AGE][band]) for band in weak if table)


def _misses(age: str, flagged: shares.Share) -> str:
    return texts.WEAK_AGE.format(age=age, missed=100 - flagged.per_100)


def frequency(screening: Screening) -> str:
    """Return the frequency among similar photos with its base, if the model's word decides.

    Empty if there is no card with the base. Empty, too, beside an advice to see a doctor if the
    frequency is below the base, since that would read as less than usual.
    """
    prediction, decision = (
        None if screening.no_tier_reason else screening.prediction,
        screening.decision,
    )
    if prediction is None or decision.part is not Part.MODEL:
        return ""
    base = model_cards.base_of(prediction.model_version, prediction.kind)
    if prediction.cancers_per_100 is None or base is None:
        return ""
    is_watch = decision.urgency is Urgency.WATCH and not decision.is_uncertain
    if not is_watch and prediction.cancers_per_100 <= base:
        return ""
    return texts.frequency(prediction.cancers_per_100, base)
