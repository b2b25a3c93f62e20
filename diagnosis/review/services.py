"""A clinician's entries about a case: an impression, a reading, a biopsy result."""

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.functions import Now

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Histology, Impression, Lesion, Review, Screening
from diagnosis.reminders import notices
from diagnosis.review import claims
from diagnosis.rules import review_policy


@transaction.atomic
def form_impression(screening: Screening, *, by: AbstractUser, finding: str) -> Impression:
    """Store a clinician's impression. A second impression by the same clinician is ignored."""
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
    """Store a reading, release the claim, and compute how many more readings are due.

    A second reading by the same clinician corrects the first. A form that is sent twice is stored
    once.
    """
    # Concurrent readings wait for the lock, so that each counts the other.
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
    # By the database's clock, as the causes that the clinician may not have known.
    Review.objects.filter(pk=review.pk).update(reviewed_at=Now())
    due = review_policy.readings_due(tier, screening.findings) if prediction else 0
    Screening.objects.filter(pk=screening.pk).update(readings_due=due)
    claims.release(screening, by=by)
    notices.note_reading(screening)
    detail = {"has_message": True} if message else {}
    trail.record(AuditEntry.Action.READING, screening, by=by, step="reading", **detail)
    return review


@transaction.atomic
def enter_histology(
    lesion: Lesion, *, by: AbstractUser, diagnosis: str, taken_on: date
) -> Histology:
    """Store a biopsy result. An earlier entry is kept, but is no longer valid."""
    # The lock serialises concurrent corrections.
    Lesion.objects.select_for_update().get(pk=lesion.pk)
    corrected = lesion.histologies.valid().update(corrected_at=Now())
    histology = Histology.objects.create(
        lesion=lesion, diagnosis=diagnosis, taken_on=taken_on, entered_by_id=by.pk
    )
    trail.record(AuditEntry.Action.BIOPSY, lesion, by=by, is_correction=bool(corrected))
    return histology
