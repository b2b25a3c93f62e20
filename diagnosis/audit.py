"""The audit trail: append-only, each row chained to the one before it by its hash."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import transaction
from django.db.models import Model

from diagnosis.models import AuditEntry, AuditHead

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
        head, _ = AuditHead.objects.select_for_update().get_or_create(pk=HEAD)
        entry = AuditEntry(
            number=head.number + 1,
            at=datetime.now(UTC),
            action=action,
            actor=by.pk if by else None,
            subject=name_of(subject) if subject else "",
            detail=detail,
            previous_hash=head.hash,
        )
        entry.hash = entry.digest()
        entry.save()
        head.number, head.hash = entry.number, entry.hash
        head.save()


def name_of(subject: Model) -> str:
    return f"{subject._meta.model_name}:{subject.pk}"


def faults() -> Iterator[str]:
    """Name every row that is missing, changed or not linked to the one before it."""
    number, previous = 0, ""
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=1000):
        yield from _missing(number + 1, entry.number - 1)
        if entry.hash != entry.digest():
            yield f"entry {entry.number} was changed"
        elif entry.number == number + 1 and entry.previous_hash != previous:
            yield f"entry {entry.number} does not follow entry {number}: one of them was changed"
        number, previous = entry.number, entry.hash
    head = AuditHead.objects.filter(pk=HEAD).first() or AuditHead()
    yield from _missing(number + 1, head.number)
    if number == head.number and previous != head.hash:
        yield f"entry {number} is not the one that was written last"


def _missing(first: int, last: int) -> Iterator[str]:
    if first == last:
        yield f"entry {first} is missing"
    elif first < last:
        yield f"entries {first} to {last} are missing"
