"""The daily check of the audit trail."""

import logging

from django.conf import settings
from django.utils import timezone

from diagnosis.audit import heads, timestamps, verification
from diagnosis.audit.heads import Head
from diagnosis.audit.timestamps import StampError
from diagnosis.audit.verification import Report
from diagnosis.models import AuditCheck

logger = logging.getLogger("diagnosis.trail.daily")

# At most this many faults are logged. `manage.py verify_audit` lists more.
MOST_LOGGED = 10


def run() -> None:
    """Check the trail, store and log the result, and keep a copy of the last entry's hash."""
    head, report = heads.last(), verification.check()
    result = {
        "at": timezone.now(),
        "entries": report.entries,
        "faults": len(report.faults),
        "unchecked": sum(count for _, _, count in report.unchecked.values()),
    }
    AuditCheck.objects.update_or_create(pk=1, defaults=result)
    _log(report)
    if head:
        _keep(head)


def _log(report: Report) -> None:
    for fault in report.faults[:MOST_LOGGED]:
        logger.error("audit trail: %s", fault)
    for key_id, (first, last, _) in report.unchecked.items():
        logger.error("audit trail: entries %s to %s lack their key %s", first, last, key_id)


def _keep(head: Head) -> None:
    try:
        heads.keep(head)
        if settings.TIMESTAMP_URL:
            timestamps.stamp(head, heads.folder())
    except (OSError, StampError):
        logger.exception("audit trail: the hash of its last entry was not kept or not stamped")
