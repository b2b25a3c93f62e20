"""Deletes photos: the row, the files, and everything derived from them."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Lesion, Profile, Screening


@transaction.atomic
def delete_screening(
    screening: Screening, *, by: AbstractUser | None = None, **detail: Any
) -> None:
    """Delete a photo and everything derived from it, and the lesion with its last photo."""
    # Moving photos takes the same lock: neither may leave a spot without photos.
    lesion = Lesion.objects.select_for_update().get(pk=screening.lesion_id)
    trail.record(AuditEntry.Action.DELETION, screening, by=by, **detail)
    # The next photo was registered to this one.
    Screening.objects.neighbours(screening).register_again()
    # Read again under a lock: a worker may just have added a file.
    (Screening.objects.select_for_update().filter(pk=screening.pk).first() or screening).delete()
    if not lesion.screenings.exists():
        erase_lesion(lesion)


@transaction.atomic
def erase_lesion(lesion: Lesion) -> None:
    """Delete a lesion; another person's profile is deleted with their last lesion."""
    lesion.delete()
    # Locked, so that nobody adds a spot of theirs meanwhile.
    others = Profile.objects.exclude(name="").select_for_update()
    person = others.filter(pk=lesion.profile_id).first() if lesion.profile_id else None
    if person and not person.lesions.exists():
        person.delete()
