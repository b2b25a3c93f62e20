"""The audit trail: append-only, each row bound to the previous row by an HMAC (`hash_chain`)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import transaction
from django.db.models import Model

from diagnosis.audit import hash_chain
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
    """Append an entry, in the same transaction as the event."""
    record_each(action, [name_of(subject) if subject else ""], by=by, **detail)


# Without a savepoint, an entry that fails rolls back its event, too.
@transaction.atomic(savepoint=False)
def record_each(
    action: AuditEntry.Action,
    subjects: Iterable[str],
    *,
    by: AbstractUser | AnonymousUser | None = None,
    **detail: Any,
) -> None:
    """Append an entry for each subject, with as many SQL statements as for a single entry."""
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=HEAD)
    actor = by.pk if by else None
    entries = [
        _next(head, action=action, subject=subject, actor=actor, detail=detail)
        for subject in subjects
    ]
    AuditEntry.objects.bulk_create(entries)
    head.save()


def _next(head: AuditHead, **fields: Any) -> AuditEntry:
    """Return the next entry, and make it the head."""
    key = keys.newest(Purpose.AUDIT)
    entry = AuditEntry(
        number=head.number + 1,
        at=datetime.now(UTC),
        key_id=key.id,
        previous_hash=head.hash,
        **fields,
    )
    entry.hash = hash_chain.keyed_hash(entry, key.secret)
    head.number, head.hash = entry.number, entry.hash
    return entry


def name_of(subject: Model) -> str:
    return f"{subject._meta.model_name}:{subject.pk}"
