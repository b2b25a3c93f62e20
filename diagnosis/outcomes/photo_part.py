"""The part of a page that is about the photo: the model's answer, or why there is none."""

from typing import TYPE_CHECKING, Final

from diagnosis.classification import model_cards
from diagnosis.models import Prediction, Screening
from diagnosis.models.choices import RefusalReason
from diagnosis.models.decisions.decided import UNANSWERED, WITHHELD
from diagnosis.outcomes import cause_texts, promise, texts
from diagnosis.rules import stored_tiers
from diagnosis.rules.causes import Cause
from diagnosis.rules.urgency import Decision, Part, Urgency
from ml.serving import age_bands, shares

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Status = Screening.Status
WITHOUT_ANSWER: Final = {UNANSWERED, WITHHELD}


def refusal(screening: Screening) -> str:
    """Return what is wrong with a refused photo, or an empty string for other photos."""
    if screening.no_tier_reason != Status.REFUSED:
        return ""
    return f"{RefusalReason(screening.refusal).label}."


def paragraphs(screening: Screening, decision: Decision) -> tuple["StrOrPromise", ...]:
    """Return the text about the photo alone.

    It is empty if a clinician's reading replaces it.
    """
    no_tier_reason, prediction = screening.no_tier_reason, screening.prediction
    if no_tier_reason == Status.REFUSED:
        reason = RefusalReason(screening.refusal)
        is_seen_above = decision.urgency is None
        why = () if is_seen_above else (refusal(screening),)
        return (*why, texts.RETAKE[reason], texts.REFUSED_TEXT)
    if no_tier_reason in WITHOUT_ANSWER:
        if screening.review:
            return (texts.TAP_SKIN,) if screening.waits_for_skin_type else ()
        return _unanswered(screening, decision)
    if no_tier_reason or prediction is None or prediction.urgency is None:
        return texts.NO_TIER_TEXTS[no_tier_reason]
    tier_texts = _tier_texts(prediction.urgency, decision, is_uncertain=prediction.is_uncertain)
    return (*tier_texts, *_weak_age(screening, prediction, decision))


def _unanswered(screening: Screening, decision: Decision) -> tuple["StrOrPromise", ...]:
    by = promise.day(screening)
    # If answers or growth are a cause for seeing a doctor, nobody should wait for the clinician.
    read_by = texts.ALSO_READ_BY if decision.urgency else texts.READ_BY
    until = (read_by.format(day=promise.in_words(by)),) if by else ()
    tap = (texts.TAP_SKIN,) if screening.waits_for_skin_type else ()
    # An urgency has its own day. The two weeks in `DO_NOT_WAIT` may contradict that day.
    do_not_wait = () if decision.urgency else (texts.DO_NOT_WAIT,)
    return (why_unanswered(screening)[1], *until, *do_not_wait, *tap)


def why_unanswered(screening: Screening) -> tuple["StrOrPromise", "StrOrPromise"]:
    """Return the heading and the text of a photo without an answer.

    They say why there is no answer, and whether a clinician reads the photo.
    """
    if has_nobody(screening):
        is_late = promise.is_for(screening)
        return texts.NOBODY_HEADING, texts.NOBODY_IN_TIME if is_late else texts.NOBODY
    if screening.no_tier_reason == WITHHELD:
        why = texts.NO_SKIN_COLOUR if screening.lacks_skin_type else texts.CLINICIAN_FIRST
        return texts.CLINICIAN_FIRST_HEADING, why
    if screening.prediction and screening.prediction.tier == stored_tiers.LOWER:
        return texts.OUTDATED_HEADING, texts.OUTDATED
    if screening.prediction and screening.prediction.is_unlike:
        return texts.UNLIKE_HEADING, texts.UNLIKE
    return texts.NO_ANSWER_HEADING, texts.NO_ANSWER


def has_nobody(screening: Screening) -> bool:
    """Return whether the model has no answer for a photo and nobody reads it."""
    is_unanswered = screening.no_tier_reason in WITHOUT_ANSWER
    return is_unanswered and not screening.review and promise.day(screening) is None


def _tier_texts(
    tier: Urgency, decision: Decision, *, is_uncertain: bool
) -> tuple["StrOrPromise", ...]:
    if decision.is_lowered:
        return ()
    if tier is Urgency.SOON and decision.urgency is Urgency.URGENT:
        return (texts.PHOTO_SAYS_SOON,)
    if tier is Urgency.WATCH and decision.urgency is not Urgency.WATCH:
        if decision.part is Part.ANSWERS:
            return (cause_texts.photo_says_less(Cause(decision.causes[0])),)
        return (texts.READING_COUNTS_MORE,)
    uncertain = texts.UNCERTAIN if decision.urgency is Urgency.WATCH else texts.UNCERTAIN_BUT_GO
    return (*((uncertain,) if is_uncertain else ()), texts.TIER_TEXTS[tier])


def _weak_age(screening: Screening, prediction: Prediction, decision: Decision) -> tuple[str, ...]:
    """Return a warning beside `watch` if the model misses many cancers at the person's age."""
    age = screening.profile.age if screening.profile else None
    if age is None or decision.urgency is not Urgency.WATCH or decision.part is not Part.MODEL:
        return ()
    table = model_cards.table_of(prediction.model_version, prediction.kind)
    # Only the year of birth is stored, so the person may be a year older.
    bands = dict.fromkeys(age_bands.band_of(years) for years in (age, age + 1))
    weak = [band for band in bands if table and band in table.weak_ages]
    return tuple(_misses(band, table.flagged[shares.AGE][band]) for band in weak if table)


def _misses(age: str, flagged: shares.Share) -> str:
    return texts.WEAK_AGE.format(age=age, missed=100 - flagged.per_100)


def frequency(screening: Screening, decision: Decision) -> str:
    """Return the frequency of cancer among similar photos beside its base rate.

    The text is empty unless the model's tier decides the urgency and the model's card has the base
    rate. It is also empty beside an uncertain tier, since a figure would contradict the
    uncertainty. Beside advice to see a doctor, a frequency must be above the base rate, since a
    lower frequency would seem to reassure.
    """
    prediction = None if screening.no_tier_reason else screening.prediction
    if prediction is None or decision.part is not Part.MODEL or prediction.is_uncertain:
        return ""
    base = model_cards.base_of(prediction.model_version, prediction.kind)
    if prediction.cancers_per_100 is None or base is None:
        return ""
    if decision.urgency is not Urgency.WATCH and prediction.cancers_per_100 <= base:
        return ""
    return texts.frequency(prediction.cancers_per_100, base)
