"""The referral letter, in the words of doctors.

It does not use the word "you", which would address the doctor who reads it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from diagnosis.lesions import texts
from diagnosis.models import Answers, Prediction, Review, Screening
from diagnosis.models.choices import RefusalReason
from diagnosis.models.decisions import due
from diagnosis.outcomes import cause_texts, outcomes, person, promise, steps
from diagnosis.rules.urgency import Urgency

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LUMP = ("is_raised", "is_growing_lump")


def letter(screenings: Sequence[Screening]) -> dict[str, Any]:
    """Return the first page: the request, its reasons, the person, the spot and its signs."""
    newest = screenings[0]
    return {
        "requested": _requested_by_earlier(screenings) or requested(newest),
        "why": why(newest),
        "person": [f"{what}: {fact}" for what, fact in person.facts(newest)],
        "spot": spot(screenings),
        "signs": signs(newest),
    }


def _requested_by_earlier(screenings: Sequence[Screening]) -> str:
    """Return the request of an earlier photo, if that photo needs a visit sooner than the newest.

    Return an empty string otherwise.
    """
    newest, *earlier = screenings
    if (day := outcomes.sooner_visit(newest, earlier)) is None:
        return ""
    words = texts.EARLIER_IS_LATE if promise.is_past(day) else texts.EARLIER
    return words.format(day=date_format(day, "j F Y"))


def requested(screening: Screening) -> str:
    """Return the request as a sentence.

    It gives the day by which to see the person, the day of the next photo, or why there is no
    result.
    """
    decision = screening.decision
    if decision.urgency is None:
        return texts.NOT_REQUESTED.format(why=without_result(screening))
    day = due.day(screening, decision)
    assert day
    if decision.urgency is Urgency.WATCH:
        watched = texts.NEW if steps.shows_new(screening, decision) else texts.WATCHED
        words = texts.UNCERTAIN if decision.is_uncertain else watched
        return words.format(day=date_format(day, "j F Y"))
    weeks = due.within(screening, decision.urgency).days // 7
    words = (texts.LATE if promise.is_past(day) else texts.REQUESTED)[decision.urgency]
    sentence = words.format(day=date_format(day, "j F Y"), weeks=texts.WEEKS[weeks])
    seen = screening.lesion.seen_by_doctor_at
    if seen is None or not due.is_visited(screening, decision):
        return sentence
    said_on = date_format(timezone.localtime(seen), "j F Y")
    return texts.SEEN.format(requested=sentence, day=said_on)


def why(screening: Screening) -> list[str]:
    """Return the reasons: readings, the person's answers, measured growth, the model's result."""
    readings = [reading(review) for review in screening.readings]
    prediction = screening.shown_prediction
    model = [texts.MODEL_CALLS.format(tier=tier(prediction))] if prediction else []
    return [*readings, *_causes(screening), *model]


def _causes(screening: Screening) -> list[str]:
    """Return the causes for seeing a doctor, a line for each source and urgency.

    The sources are the person's answers, measured growth, or both together.
    """
    reasons_by_source: dict[tuple[StrOrPromise, Urgency], list[str]] = {}
    for cause, urgency in screening.causes.items():
        source = texts.SOURCES.get(cause, texts.TOLD)
        reasons_by_source.setdefault((source, urgency), []).append(str(cause_texts.QUOTED[cause]))
    return [
        source.format(urgency=Prediction.TierChoice(urgency).label.lower(), what="; ".join(reasons))
        for (source, urgency), reasons in reasons_by_source.items()
    ]


def reading(review: Review) -> str:
    """Return a clinician's reading, with their message to the person."""
    day = date_format(timezone.localtime(review.reviewed_at), "j F Y")
    sentence = texts.READ_BY_CLINICIAN.format(day=day, reading=texts.READINGS[review.reading])
    return (
        texts.WROTE.format(reading=sentence, message=review.message) if review.message else sentence
    )


def tier(prediction: Prediction | None) -> str:
    """Return the model's tier in a few words, or "" without a prediction."""
    if prediction is None:
        return ""
    if not prediction.tier:
        return prediction.label
    words = texts.UNCERTAIN_TIER if prediction.is_uncertain else texts.TIER
    return words.format(tier=prediction.get_tier_display())


def without_result(screening: Screening) -> str:
    """Return why the person sees no result of the model, or "" if they see it."""
    if screening.no_tier_reason == Screening.Status.REFUSED:
        return RefusalReason(screening.refusal).label.lower()
    if screening.waits_for_skin_type:
        return str(texts.SKIN_UNKNOWN)
    return str(texts.NO_TIER.get(screening.no_tier_reason, ""))


def spot(screenings: Sequence[Screening]) -> list[str]:
    """Return the lines below the spot's name: date of the first photo, and number of photos.

    If the spot has no site, the first line says so.
    """
    since = date_format(timezone.localtime(screenings[-1].created_at), "j F Y")
    number = len(screenings)
    return [
        *([] if screenings[0].lesion.place else [gettext("Site not given")]),
        ngettext(
            "First photo here on {since}; {number} photo in all",
            "First photo here on {since}; {number} photos in all",
            number,
        ).format(since=since, number=number),
    ]


def signs(screening: Screening) -> list[str]:
    """Return the answers (yes, no, not known) with the checklist's score."""
    answers = screening.given_answers
    if answers is None:
        return [str(texts.NOT_ANSWERED)]
    if answers.is_nothing_known:
        return [str(texts.NOTHING_KNOWN)]
    unknown = _unknown(answers)
    denied = _denied(screening, answers, unknown)
    lists = ((texts.YES, answers.ticked), (texts.NO, denied), (texts.UNKNOWN, unknown))
    lines = [words.format(_listed(names)) for words, names in lists if names]
    if answers.is_all_denied:
        lines.insert(0, str(texts.NOTHING_TICKED))
    return [*lines, texts.SCORE.format(points=answers.points)]


def _unknown(answers: Answers) -> list[str]:
    """Return the questions answered with "don't know".

    The form has one question about a lump, with the choice "Yes, and it grows". If the answer is
    not known, only `is_raised` is listed, not `is_growing_lump`.
    """
    unsure = {*(answers.unsure or ())}
    if "lump" in unsure:
        unsure.add("is_raised")
    return [name for name in texts.SIGNS if name in unsure]


def _denied(screening: Screening, answers: Answers, unknown: Sequence[str]) -> list[str]:
    """Return the questions answered with no.

    In the forms of earlier releases nobody could answer no, so the list is empty.
    """
    if answers.unsure is None:
        return []
    excluded = {*unknown, "is_new" if screening.has_earlier else "changed_since_last"}
    if "lump" in answers.unsure:
        excluded |= {*LUMP}
    return [name for name in texts.SIGNS if name not in excluded and not getattr(answers, name)]


def _listed(names: Sequence[str]) -> str:
    return "; ".join(str(texts.SIGNS[name]) for name in names)
