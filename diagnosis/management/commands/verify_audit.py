from typing import Any

from django.core.management.base import BaseCommand, CommandError

from diagnosis import audit
from diagnosis.models import AuditEntry


class Command(BaseCommand):
    help = "Check the audit trail's chain; exit 1 and name every row that is missing or changed."

    def handle(self, *_: Any, **__: Any) -> None:
        faults = list(audit.faults())
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError("The audit trail was tampered with: see the entries above.")
        self.stdout.write(f"{AuditEntry.objects.count()} entries, nothing missing or changed.")
