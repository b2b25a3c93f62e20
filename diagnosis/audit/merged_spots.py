"""Looks up in the audit trail which spot a deleted spot was merged into."""

from typing import Final
from uuid import UUID

from django.contrib.auth.models import AbstractUser

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Lesion

INTO: Final = "merged_into"


def record(source: Lesion, into: Lesion, *, by: AbstractUser) -> None:
    trail.record(AuditEntry.Action.LESION, source, by=by, **{INTO: str(into.pk)})


def successor(pk: UUID) -> Lesion | None:
    """Return the spot that now has a deleted spot's photos. None if they were deleted as well."""
    about = AuditEntry.objects.filter(
        action=AuditEntry.Action.LESION, subject=trail.name_of(Lesion(pk=pk))
    )
    last = about.order_by("-number").first()
    into = last.detail.get(INTO) if last else None
    if into is None:
        return None
    return Lesion.objects.filter(pk=into).first() or successor(UUID(into))
