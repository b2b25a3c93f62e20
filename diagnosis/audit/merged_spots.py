"""Looks up in the audit trail which spot a deleted spot was merged into."""

from typing import Final
from uuid import UUID

from django.contrib.auth.models import AbstractUser

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Lesion

INTO: Final = "merged_into"


def record(source: Lesion, target: Lesion, *, by: AbstractUser) -> None:
    trail.record(AuditEntry.Action.LESION, source, by=by, **{INTO: str(target.pk)})


def successor(pk: UUID) -> Lesion | None:
    """Return the spot that now has a deleted spot's photos. None if these were deleted, too."""
    entries = AuditEntry.objects.filter(
        action=AuditEntry.Action.LESION, subject=trail.name_of(Lesion(pk=pk))
    )
    last = entries.order_by("-number").first()
    target = last.detail.get(INTO) if last else None
    if target is None:
        return None
    return Lesion.objects.filter(pk=target).first() or successor(UUID(target))
