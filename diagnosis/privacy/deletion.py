"""Deletes photos: the row, the files, and everything derived from them."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Lesion, Profile, Screening
from diagnosis.models.querysets.screenings import ScreeningQuerySet


@transaction.atomic
def delete_screening(
    screening: Screening,
    *,
    by: AbstractUser | None = None,
    among: ScreeningQuerySet | None = None,
    **detail: Any,
) -> bool:
    """Delete a photo and everything derived from it. The lesion is deleted with its last photo.

    Nothing happens if somebody else has just deleted the photo, or if it is no longer `among` the
    photos to delete. Return whether it was deleted.
    """
    # `lesions.moving` takes the same locks in the same order. So two processes that delete
    # or move the last photos cannot leave a spot without photos.
    User.objects.select_for_update(no_key=True).filter(pk=screening.owner_id).first()
    spots = Lesion.objects.select_for_update(of=("self",)).filter(screenings=screening.pk)
    lesion = spots.first()
    # Read again under a lock, because a worker may just have added a file.
    photo = Screening.objects.select_for_update().filter(pk=screening.pk).first()
    if lesion is None or photo is None:
        return False
    # A separate statement sees what was stored while this process waited for the locks.
    if among is not None and not among.filter(pk=photo.pk).exists():
        return False
    # The next photo was registered to this photo, and needs a new registration.
    Screening.objects.neighbours(photo).register_again()
    photo.delete()
    if not lesion.screenings.exists():
        delete_lesion(lesion)
    # The trail is locked after all rows. A worker may hold a lock on a photo while it waits for the
    # trail, so the opposite order could deadlock.
    trail.record(AuditEntry.Action.DELETION, screening, by=by, **detail)
    return True


def lock(lesion: Lesion) -> list[Screening]:
    """Lock a lesion with its photos, against a worker that adds a file, and return the photos.

    Raises:
        Lesion.DoesNotExist: the lesion was deleted, or merged into another lesion.
    """
    Lesion.objects.select_for_update().get(pk=lesion.pk)
    return list(Screening.objects.select_for_update().filter(lesion=lesion.pk).order_by("pk"))


def lock_all_of(user: User, **_: Any) -> None:
    """Lock all lesions and photos of an account that is about to be deleted."""
    for kind in (Lesion, Screening):
        own = kind._default_manager.select_for_update().filter(owner=user)
        list(own.order_by("pk").values_list("pk"))


@transaction.atomic
def delete_lesion(lesion: Lesion) -> None:
    """Delete a lesion. The profile of another person is deleted with their last lesion."""
    lock(lesion)
    lesion.delete()
    # Locked, so that no other process adds a spot to the profile meanwhile.
    others = Profile.objects.exclude(name="").select_for_update()
    person = others.filter(pk=lesion.profile_id).first() if lesion.profile_id else None
    if person and not person.lesions.exists():
        person.delete()
