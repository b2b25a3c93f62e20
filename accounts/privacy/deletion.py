"""What is left of somebody when the rows are gone, and of those who never became anybody."""

import logging
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User, WaitingMail

logger = logging.getLogger("accounts.forgetting")

# How long somebody has to confirm the address that they signed up with.
UNCONFIRMED = timedelta(days=7)
# Accounts are deleted one by one, each with its entry in the audit trail: at most so many a run.
BATCH = 200


def forget_person(instance: User, **_: Any) -> None:
    """Delete the mails to a person, waiting or in files, and empty the database's log."""
    WaitingMail.objects.filter(to__iexact=instance.email).delete()
    transaction.on_commit(partial(_remove_mails, instance.email), robust=True)
    truncate_log_after_commit()


def _remove_mails(address: str) -> None:
    """Remove the files with mails to an address; there are some where no mail server is named."""
    folder = Path(settings.EMAIL_FILE_PATH)
    for path in folder.glob("*.log"):
        if address.lower() in path.read_text(errors="replace").lower():
            path.unlink()


def truncate_log_after_commit(**_: Any) -> None:
    # What is deleted stays deleted, whether that works now or in the next minutes.
    transaction.on_commit(truncate_log, robust=True)


def truncate_log(patience_ms: int = 0) -> None:
    """Empty SQLite's write-ahead log, which holds what was deleted until it is written over.

    Whoever reads at this moment is in the way, and waited for no longer than `patience_ms`.
    Inside a transaction SQLite refuses it: the next one to end does it.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {patience_ms}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(f"PRAGMA busy_timeout = {usual}")


def forget_unconfirmed() -> None:
    """Delete the accounts whose address nobody confirmed in time; operators' need none."""
    late = User.objects.filter(
        date_joined__lt=timezone.now() - UNCONFIRMED, is_staff=False, is_superuser=False
    ).exclude(emailaddress__verified=True)
    for user in late[:BATCH]:
        number = user.pk
        user.delete()
        logger.info("account %s: never confirmed, and deleted after its time", number)


def forget_expired_cache() -> None:
    """Delete what has expired in the cache: Django leaves that until the table is full."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    now = connection.ops.adapt_datetimefield_value(timezone.now().replace(tzinfo=None))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])
