"""Actions on a spot, each `by` somebody."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Lesion
from diagnosis.privacy import deletion


@transaction.atomic
def describe_lesion(lesion: Lesion, *, by: AbstractUser, changed: list[str]) -> Lesion:
    """Store what a lesion is called and where it is, if that has changed."""
    if changed:
        lesion.save()
        trail.record(AuditEntry.Action.LESION, lesion, by=by, changed=changed)
    return lesion


@transaction.atomic
def withdraw_lesion(lesion: Lesion, *, by: AbstractUser) -> None:
    """Delete a lesion with all its photos."""
    for screening in lesion.screenings.all():
        trail.record(AuditEntry.Action.DELETION, screening, by=by)
    deletion.erase_lesion(lesion)
