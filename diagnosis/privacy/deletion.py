"""A photo's end: its row, its files, and everything made of it."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Lesion, Profile, Screening


@transaction.atomic
def delete_screening(
    screening: Screening, *, by: AbstractUser | None = None, **detail: Any
) -> None:
    """Delete a photo and everything made of it; a lesion without photos goes with its last one."""
    # Whoever moves photos of a spot holds it, too: neither may leave one without photos.
    lesion = Lesion.objects.select_for_update().get(pk=screening.lesion_id)
    trail.record(AuditEntry.Action.DELETION, screening, by=by, **detail)
    # What the next photo was laid over goes.
    Screening.objects.neighbours(screening).register_again()
    # Read anew, and held: a worker may just have made a file of it.
    (Screening.objects.select_for_update().filter(pk=screening.pk).first() or screening).delete()
    if not lesion.screenings.exists():
        erase_lesion(lesion)


@transaction.atomic
def erase_lesion(lesion: Lesion) -> None:
    """Delete a lesion; what was told of somebody else goes with the last of theirs."""
    lesion.delete()
    # Held, so that no spot of theirs comes meanwhile.
    others = Profile.objects.exclude(name="").select_for_update()
    person = others.filter(pk=lesion.profile_id).first() if lesion.profile_id else None
    if person and not person.lesions.exists():
        person.delete()
