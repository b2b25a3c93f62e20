"""A photo's end: its row, its files, and everything made of it."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Screening


@transaction.atomic
def erase(screening: Screening, *, by: AbstractUser | None = None, **detail: Any) -> None:
    """Delete a photo and everything made of it; a lesion without photos goes with its last one."""
    lesion = screening.lesion
    trail.record(AuditEntry.Action.DELETION, screening, by=by, **detail)
    screening.delete()
    if not lesion.screenings.exists():
        lesion.delete()
