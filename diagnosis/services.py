"""What can be done to a screening: a function a verb, `by` the actor."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.functions import Now

from diagnosis import photos, tasks
from diagnosis.models import Screening


def submit(
    *, by: AbstractUser, photo: photos.CleanPhoto, capture: str, body_site: str = "", note: str = ""
) -> Screening:
    """Store a photo and its row, and queue it for classification once they are committed."""
    with photos.stored(photo) as (name, thumbnail), transaction.atomic():
        screening = Screening.objects.create(
            owner_id=by.pk,
            photo=name,
            thumbnail=thumbnail,
            width=photo.width,
            height=photo.height,
            sha256=photo.sha256,
            capture=capture,
            body_site=body_site,
            note=note,
            queued_at=Now(),
        )
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
