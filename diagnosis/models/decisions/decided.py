"""Derives a stored photo's urgency from its prediction, answers, readings and growth.

Also says why the person sees no tier.
"""

from typing import TYPE_CHECKING, Final

from diagnosis.rules import causes
from diagnosis.rules.causes import Cause
from diagnosis.rules.urgency import RANK, Decision, Urgency, decide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from diagnosis.models.screening import Screening

# The causes that need no answer about the spot.
WITHOUT_ANSWERS: Final = {Cause.AFTER_SKIN_CANCER, Cause.HAS_GROWN, Cause.GROWN_AFTER_MELANOMA}
# Why the person sees no tier, though the photo was read.
WITHHELD, UNANSWERED, MINOR = "withheld", "unanswered", "minor"
AGE_FIRST, QUESTIONS_FIRST = "age_first", "questions_first"
# In these cases the result waits for an answer from the person.
ASKS = {AGE_FIRST, QUESTIONS_FIRST}
HELD = {WITHHELD, MINOR, *ASKS}


def no_tier_reason(screening: "Screening") -> str:
    """Return why the person sees no tier: a status, or one of the reasons above.

    Return an empty string if the person sees the tier.
    """
    if screening.status != screening.Status.DONE:
        return screening.status
    return _reason_in_profile(screening) or _reason_in_prediction(screening)


def _reason_in_profile(screening: "Screening") -> str:
    profile = screening.profile
    if screening.asks_first and profile and profile.age is None:
        return AGE_FIRST
    if profile and profile.is_minor:
        return MINOR
    # If the skin type is unknown, `_reason_in_prediction` first checks whether there is an answer
    # to withhold.
    return WITHHELD if screening.is_withheld and not screening.lacks_skin_type else ""


def _reason_in_prediction(screening: "Screening") -> str:
    prediction = screening.prediction
    if prediction is None or prediction.urgency is None:
        # Once a clinician has read the photo, the questions are all that is missing.
        return QUESTIONS_FIRST if screening.lacks_answers and screening.is_judged else UNANSWERED
    if screening.is_withheld:
        return WITHHELD
    is_held = screening.lacks_answers and prediction.urgency is Urgency.WATCH
    return QUESTIONS_FIRST if is_held else ""


def causes_of(screening: "Screening", *, with_growth: bool = True) -> dict[Cause, Urgency]:
    """Return the causes for seeing a doctor apart from the model's result, with their urgency."""
    answers, profile = screening.given_answers, screening.profile
    return causes.of(
        answers.ticked if answers else (),
        had_melanoma=bool(profile and profile.had_melanoma),
        had_skin_cancer=bool(profile and profile.had_skin_cancer),
        is_immune_weak=bool(profile and profile.is_immune_weak),
        has_grown=screening.has_grown and with_growth,
    )


def decision(screening: "Screening") -> Decision:
    """Return the urgency that the person sees, and what decided it."""
    prediction = None if screening.no_tier_reason else screening.prediction
    return decide(
        model=prediction.urgency if prediction else None,
        is_uncertain=bool(prediction and prediction.is_uncertain),
        answers=screening.causes,
        readings=screening.findings,
        is_settled=_is_settled(screening),
    )


def _is_settled(screening: "Screening") -> bool:
    """Return whether the last reading may replace a higher urgency."""
    # A clinician's `watch` also waits for the answers, since an answer may be a red flag.
    if screening.readings_due or screening.lacks_answers or screening.no_tier_reason in ASKS:
        return False
    return not (_has_newer_cause(screening) or _is_raised(screening))


def _has_newer_cause(screening: "Screening") -> bool:
    """Return whether a cause (an answer, or measured growth) is newer than the last reading."""
    last = max((review.reviewed_at for review in screening.reviews.all()), default=None)
    return last is not None and any(moment > last for moment in times_of_causes(screening))


def stamp_of_causes(screening: "Screening") -> str:
    """Return a text that changes with each cause that is newer than an earlier reading."""
    return " ".join(moment.isoformat() for moment in times_of_causes(screening))


def times_of_causes(screening: "Screening") -> "Iterator[datetime]":
    """Yield when answers about the spot and the person, and growth, last added a cause."""
    answers, profile = screening.given_answers, screening.profile
    if answers and answers.cause_added_at and screening.causes.keys() - WITHOUT_ANSWERS:
        yield answers.cause_added_at
    if profile and profile.cause_added_at and Cause.AFTER_SKIN_CANCER in screening.causes:
        yield profile.cause_added_at
    if screening.has_grown and screening.grown_at:
        yield screening.grown_at


def _is_raised(screening: "Screening") -> bool:
    """Return whether the newest reading is more urgent than that of the last clinician to join."""
    newest, readings = screening.review, screening.readings
    if newest is None or not newest.sends_to_a_doctor:
        return False
    return RANK[newest.reading.urgency] > RANK[readings[-1].reading.urgency]
