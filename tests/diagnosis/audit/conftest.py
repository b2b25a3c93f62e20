from datetime import UTC, datetime

import pytest
from django.db import connection

from diagnosis.audit import hash_chain
from diagnosis.audit import trail as audit
from diagnosis.models import AuditEntry, AuditHead


@pytest.fixture
def trail(db):
    """Five entries."""
    for _ in range(5):
        audit.record(AuditEntry.Action.VIEW)


def write_without_key(count=1):
    """Append entries without a key, like earlier releases or anybody with database access."""
    head, _ = AuditHead.objects.get_or_create(pk=1)
    for _ in range(count):
        entry = AuditEntry(
            number=head.number + 1, at=datetime.now(UTC), action="view", previous_hash=head.hash
        )
        entry.hash = hash_chain.plain_hash(entry)
        entry.save()
        head.number, head.hash = entry.number, entry.hash
    head.save()


def write_with(secret, key_id):
    """Append an entry whose hash is computed with this key."""
    head = AuditHead.objects.get()
    entry = AuditEntry(
        number=head.number + 1,
        at=datetime.now(UTC),
        action="view",
        key_id=key_id,
        previous_hash=head.hash,
    )
    entry.hash = hash_chain.keyed_hash(entry, secret)
    entry.save()
    AuditHead.objects.update(number=entry.number, hash=entry.hash)


def remove(*numbers):
    """Delete entries as somebody with a database client would."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM diagnosis_auditentry WHERE number = %s", [[number] for number in numbers]
        )
