"""The audit trail: append-only, each row bound to the one before it by an HMAC (see `trail`)."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import transaction
from django.db.models import Model

from diagnosis import chain
from diagnosis.models import AuditEntry, AuditHead
from skinscreen import keys
from skinscreen.keys import Purpose

HEAD = 1


def record(
    action: AuditEntry.Action,
    subject: Model | None = None,
    *,
    by: AbstractUser | AnonymousUser | None = None,
    **detail: Any,
) -> None:
    """Append an entry, in the same transaction as what it tells of."""
    with transaction.atomic():
        key = keys.newest(Purpose.AUDIT)
        head, _ = AuditHead.objects.select_for_update().get_or_create(pk=HEAD)
        entry = AuditEntry(
            number=head.number + 1,
            at=datetime.now(UTC),
            action=action,
            actor=by.pk if by else None,
            subject=name_of(subject) if subject else "",
            detail=detail,
            key_id=key.id,
            previous_hash=head.hash,
        )
        entry.hash = chain.keyed_hash(entry, key.secret)
        entry.save()
        head.number, head.hash = entry.number, entry.hash
        head.save()


def name_of(subject: Model) -> str:
    return f"{subject._meta.model_name}:{subject.pk}"
