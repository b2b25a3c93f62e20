"""What a clinician does with a case: take it, say what they see, read it, enter its biopsy."""

from datetime import date

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.functions import Now

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Claim, Histology, Impression, Lesion, Review, Screening
from diagnosis.models.querysets.times import now_plus
from diagnosis.reminders import notices
from diagnosis.rules import review_policy


@transaction.atomic
def claim(screening: Screening, *, by: AbstractUser) -> bool:
    """Take a case for a while, or keep it for longer; False if another clinician has it."""
    Claim.objects.expired().filter(screening=screening).delete()
    until = now_plus(settings.CLAIM)
    taken, is_new = Claim.objects.get_or_create(
        screening=screening, defaults={"claimed_by_id": by.pk, "expires_at": until}
    )
    if taken.claimed_by_id != by.pk:
        return False
    if is_new:
        trail.record(AuditEntry.Action.CLAIM, screening, by=by)
    else:
        Claim.objects.filter(pk=taken.pk).update(expires_at=until)
    return True


def take_next(*, by: AbstractUser) -> Screening | None:
    """Take the most urgent case that nobody else has; None if there is none."""
    for screening in Screening.objects.to_read(by).free_for(by)[: settings.REVIEWERS_AT_ONCE]:
        # Another clinician may have been quicker.
        if claim(screening, by=by):
            return screening
    return None


def release(screening: Screening, *, by: AbstractUser) -> None:
    Claim.objects.filter(screening=screening, claimed_by_id=by.pk).delete()


@transaction.atomic
def form_impression(screening: Screening, *, by: AbstractUser, finding: str) -> Impression:
    """Keep what the clinician sees; a second one by the same clinician changes nothing."""
    impression, is_new = Impression.objects.get_or_create(
        screening=screening, formed_by_id=by.pk, defaults={"finding": finding}
    )
    if is_new:
        trail.record(AuditEntry.Action.READING, screening, by=by, step="impression")
    return impression


@transaction.atomic
def record_reading(
    screening: Screening, *, by: AbstractUser, verdict: str, note: str = "", message: str = ""
) -> Review:
    """Store a reading, give the case back and work out whether another clinician is to read it.

    A second one by the same clinician corrects the first; the same sent twice changes nothing.
    """
    # Whoever reads it at the same time waits here, and is counted.
    screening = Screening.objects.select_for_update().get(pk=screening.pk)
    last = screening.reviews.filter(reviewed_by=by.pk).first()
    if last and (last.verdict, last.note, last.message) == (verdict, note, message):
        return last
    prediction = screening.prediction
    tier = prediction.tier if prediction else ""
    review = Review.objects.create(
        screening=screening,
        reviewed_by_id=by.pk,
        verdict=verdict,
        note=note,
        message=message,
        tier=tier,
    )
    due = review_policy.readings_due(tier, screening.findings) if prediction else 0
    Screening.objects.filter(pk=screening.pk).update(readings_due=due)
    release(screening, by=by)
    notices.note_reading(screening)
    detail = {"has_message": True} if message else {}
    trail.record(AuditEntry.Action.READING, screening, by=by, step="reading", **detail)
    return review


@transaction.atomic
def enter_histology(
    lesion: Lesion, *, by: AbstractUser, diagnosis: str, taken_on: date
) -> Histology:
    """Store what a biopsy found; an entry made before is kept, and no longer counts."""
    # The lock makes two who correct at once wait for each other.
    Lesion.objects.select_for_update().get(pk=lesion.pk)
    corrected = lesion.histologies.valid().update(corrected_at=Now())
    histology = Histology.objects.create(
        lesion=lesion, diagnosis=diagnosis, taken_on=taken_on, entered_by_id=by.pk
    )
    trail.record(AuditEntry.Action.BIOPSY, lesion, by=by, is_correction=bool(corrected))
    return histology
