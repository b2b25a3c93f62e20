"""Actions on a spot. `by` is the account that acts."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Lesion
from diagnosis.privacy import deletion


@transaction.atomic
def describe_lesion(lesion: Lesion, *, by: AbstractUser, changed: list[str]) -> Lesion:
    """Store a lesion's name and place, if they have changed."""
    if changed:
        # Raises an error if the spot was deleted meanwhile.
        Lesion.objects.select_for_update().get(pk=lesion.pk)
        lesion.save(update_fields=changed)
        trail.record(AuditEntry.Action.LESION, lesion, by=by, changed=changed)
    return lesion


@transaction.atomic
def withdraw_lesion(lesion: Lesion, *, by: AbstractUser) -> None:
    """Delete a lesion with all its photos."""
    photos = deletion.lock(lesion)
    deletion.delete_lesion(lesion)
    trail.record_each(AuditEntry.Action.DELETION, map(trail.name_of, photos), by=by)
