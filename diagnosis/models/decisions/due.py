"""The day by which to see a doctor, or on which the next photo is due."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from diagnosis.models import Lesion, Screening
from diagnosis.models.decisions import decided
from diagnosis.rules.causes import ASKS_FOR, Cause
from diagnosis.rules.urgency import RANK, TO_A_DOCTOR, Decision, Urgency, most_urgent

WITHIN: Final = {
    Urgency.URGENT: timedelta(weeks=2),
    Urgency.SOON: timedelta(weeks=8),
    Urgency.WATCH: timedelta(days=91),
}
# The period for `soon` at the sites in `SOONER`, where a carcinoma does more harm.
SOON_ON_THE_FACE: Final = timedelta(weeks=4)
Site = Lesion.BodySite
SOONER: Final = {Site.EAR, Site.EYELID, Site.NOSE, Site.LIP}


def day(screening: Screening, decision: Decision) -> date | None:
    """Return the day by which to see a doctor or, for `watch`, the day of the next photo.

    The period starts when the person could first see this urgency or a higher urgency. For `watch`
    it starts when the photo was sent.
    """
    if decision.urgency is None:
        return None
    if decision.urgency is Urgency.WATCH:
        return timezone.localdate(screening.created_at + WITHIN[Urgency.WATCH])
    return timezone.localdate(
        since(screening, decision.urgency) + within(screening, decision.urgency)
    )


def first_question(screening: Screening, decision: Decision) -> datetime | None:
    """Return when to ask whether a visit is booked, or None for never.

    The question is asked when half of the period for the visit is over.
    """
    if decision.urgency not in TO_A_DOCTOR:
        return None
    return since(screening, decision.urgency) + within(screening, decision.urgency) / 2


def is_visited(screening: Screening, decision: Decision) -> bool:
    """Return whether the person has reported a visit since the advice to see a doctor.

    An earlier report does not count, since that doctor did not know the reason for this advice.
    """
    if decision.urgency not in TO_A_DOCTOR:
        return False
    seen = screening.lesion.seen_by_doctor_at
    return seen is not None and seen >= since(screening, decision.urgency)


def is_read_since_the_visit(screening: Screening) -> bool:
    """Return whether a reading that is newer than the visit sends the person to a doctor."""
    seen, review = screening.lesion.seen_by_doctor_at, screening.review
    if seen is None or review is None or not review.sends_to_a_doctor:
        return False
    return review.reviewed_at > seen


def within(screening: Screening, urgency: Urgency) -> timedelta:
    """Return how soon a doctor should see the spot."""
    is_sooner = urgency is Urgency.SOON and screening.lesion.body_site in SOONER
    return SOON_ON_THE_FACE if is_sooner else WITHIN[urgency]


def since(screening: Screening, urgency: Urgency) -> datetime:
    """Return when answers, growth, a reading or the model first led to at least this urgency.

    After a reported visit, the first cause counts that the doctor did not know.
    """
    first = min(_times_of_sources(screening, urgency), default=screening.created_at)
    seen = screening.lesion.seen_by_doctor_at
    if seen is None or seen < first:
        return first
    later = [added for added in decided.times_of_causes(screening) if added > seen]
    asks_since = screening.given_answers and screening.given_answers.asks_since
    # The answers store when they last added a cause, and start a period with the first.
    if later and asks_since and asks_since > seen:
        later.append(asks_since)
    return min(later, default=first)


def _times_of_sources(screening: Screening, urgency: Urgency) -> Iterator[datetime]:
    """Yield when answers or growth, each reading, and the model led to at least this urgency."""
    yield from _times_of_causes(screening, urgency)
    yield from _times_of_readings(screening, urgency)
    prediction = None if screening.no_tier_reason else screening.prediction
    if prediction and RANK[prediction.urgency] >= RANK[urgency]:
        yield max(prediction.created_at, _shown_since(screening))


def _times_of_readings(screening: Screening, urgency: Urgency) -> Iterable[datetime]:
    """Return when each clinician came to at least this urgency, and has kept to it since.

    A clinician who corrects only the text of a reading stores it again.
    """
    since_by_reader: dict[int, datetime] = {}
    for review in sorted(screening.reviews.all(), key=lambda review: review.reviewed_at):
        if RANK[review.reading.urgency] >= RANK[urgency]:
            since_by_reader.setdefault(review.reader_key, review.reviewed_at)
        else:
            since_by_reader.pop(review.reader_key, None)
    return since_by_reader.values()


def _times_of_causes(screening: Screening, urgency: Urgency) -> Iterator[datetime]:
    """Yield when answers, measured growth, or both together first led to this urgency."""
    answered, grown = _answered_at(screening), screening.grown_at or screening.created_at
    if RANK[most_urgent(decided.causes_of(screening, with_growth=False).values())] >= RANK[urgency]:
        yield answered
    elif RANK[most_urgent(screening.causes.values())] >= RANK[urgency]:
        yield max(answered, grown)
    if screening.has_grown and RANK[ASKS_FOR[Cause.HAS_GROWN]] >= RANK[urgency]:
        yield grown


def _answered_at(screening: Screening) -> datetime:
    """Return when the person's answers first called for their present urgency.

    Without answers about the spot, only the answers about the person can call for an urgency.
    """
    answers, profile = screening.given_answers, screening.profile
    if answers and (counted_from := answers.asks_since or answers.answered_at):
        return counted_from
    profile_answered_at = profile and profile.answered_at
    return (
        max(screening.created_at, profile_answered_at)
        if profile_answered_at
        else screening.created_at
    )


def _shown_since(screening: Screening) -> datetime:
    """Return when the result was first shown. It may have waited for a reading or answers."""
    moments = [screening.created_at]
    if screening.is_clinician_first:
        moments.append(min(review.reviewed_at for review in screening.reviews.all()))
    if screening.asks_first and screening.profile and screening.profile.answered_at:
        moments.append(screening.profile.answered_at)
    return max(moments)
