from datetime import UTC, datetime

from django.db import migrations

from diagnosis import chain
from skinscreen import keys
from skinscreen.keys import Purpose


def bind_old_entries(apps, schema_editor):
    AuditEntry, AuditHead = (
        apps.get_model("diagnosis", name) for name in ("AuditEntry", "AuditHead")
    )
    head = AuditHead.objects.select_for_update().first()
    if head is None:
        return
    key = keys.newest(Purpose.AUDIT)
    entry = AuditEntry(
        number=head.number + 1,
        at=datetime.now(UTC),
        action="keyed",
        detail={},
        key_id=key.id,
        previous_hash=head.hash,
    )
    entry.hash = chain.keyed_hash(entry, key.secret)
    entry.save()
    head.number, head.hash = entry.number, entry.hash
    head.save()


class Migration(migrations.Migration):
    """An entry with a key follows those without: from then on they cannot change unseen."""

    dependencies = [("diagnosis", "0026_audit_key")]

    operations = [migrations.RunPython(bind_old_entries, migrations.RunPython.noop)]
