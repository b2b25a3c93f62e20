"""What can be done to a screening: a function a verb, `by` the actor."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from diagnosis import audit, photos, reading_plan, reminders, tasks
from diagnosis.models import Answers, AuditEntry, Lesion, Screening


def submit(
    *, by: AbstractUser, photo: photos.CleanPhoto, lesion: Lesion, capture: str, note: str = ""
) -> Screening:
    """Store a photo and its row, and queue it for classification once they are committed.

    A lesion that is not in the database yet is stored with its first photo.
    """
    with photos.stored(photo) as (file, thumbnail), transaction.atomic():
        if lesion._state.adding:
            lesion.save()
        screening = Screening.objects.create(
            owner_id=by.pk,
            lesion=lesion,
            photo=file,
            thumbnail=thumbnail,
            width=photo.width,
            height=photo.height,
            sha256=photo.sha256,
            capture=capture,
            note=note,
            queued_at=Now(),
        )
        audit.record(AuditEntry.Action.UPLOAD, screening, by=by)
        reminders.close_rechecks(lesion)
        transaction.on_commit(lambda: tasks.publish(screening.pk), robust=True)
    return screening


def requeue(screening: Screening) -> bool:
    """Give a failed screening another set of attempts."""
    failed = Screening.objects.filter(pk=screening.pk, status=Screening.Status.FAILED)
    is_queued = bool(
        failed.update(
            status=Screening.Status.PENDING,
            attempts=0,
            failure="",
            finished_at=None,
            queued_at=Now(),
        )
    )
    if is_queued:
        transaction.on_commit(lambda: tasks.publish(screening.pk), robust=True)
    return is_queued


@transaction.atomic
def answer(screening: Screening, *, by: AbstractUser, ticked: dict[str, bool]) -> Answers:
    """Store what the person says of the spot, in place of what they said before."""
    answers, _ = Answers.objects.update_or_create(screening=screening, defaults=ticked)
    if answers.is_worrying:
        Screening.objects.filter(pk=screening.pk, urgency=reading_plan.ORDINARY).update(
            urgency=reading_plan.DOUBTFUL
        )
    audit.record(AuditEntry.Action.ANSWER, screening, by=by)
    return answers


@transaction.atomic
def withdraw(screening: Screening, *, by: AbstractUser) -> None:
    """Delete a photo and everything made of it; a lesion without photos goes with its last one."""
    lesion = screening.lesion
    audit.record(AuditEntry.Action.DELETION, screening, by=by)
    screening.delete()
    if not lesion.screenings.exists():
        lesion.delete()


@transaction.atomic
def withdraw_lesion(lesion: Lesion, *, by: AbstractUser) -> None:
    """Delete a lesion with all its photos."""
    for screening in lesion.screenings.all():
        audit.record(AuditEntry.Action.DELETION, screening, by=by)
    lesion.delete()


@transaction.atomic
def allow_training(*, by: User, is_allowed: bool) -> None:
    """Keep since when a person's photos may be used for training, or that they no longer may."""
    undecided = User.objects.filter(pk=by.pk, allows_training_since__isnull=is_allowed)
    if undecided.update(allows_training_since=Now() if is_allowed else None):
        audit.record(AuditEntry.Action.CONSENT, by, by=by, is_allowed=is_allowed)
