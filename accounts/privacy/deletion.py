"""Deletes what Django leaves of a deleted account, and accounts whose address is unconfirmed."""

import logging
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User, WaitingMail

logger = logging.getLogger("accounts.forgetting")

# A new account's address must be confirmed within this time.
UNCONFIRMED = timedelta(days=7)
# The maximum number of accounts per run, since each is deleted separately, with an audit entry.
BATCH = 200


def forget_person(instance: User, **_: Any) -> None:
    """Delete the mails to a person, queued or in files, and truncate SQLite's write-ahead log."""
    WaitingMail.objects.filter(to__iexact=instance.email).delete()
    transaction.on_commit(partial(_remove_mails, instance.email), robust=True)
    truncate_log_after_commit()


def _remove_mails(address: str) -> None:
    """Delete the files of mails to an address. Sites with a mail server have none."""
    # The address does not match as the beginning or the end of a longer address.
    whole = re.compile(
        rf"(?<![\w.!#$%&'*+/=?^`{{|}}~-]){re.escape(address)}(?!\.?[\w-])", re.IGNORECASE
    )
    for path in Path(settings.EMAIL_FILE_PATH).glob("*.log"):
        if whole.search(path.read_text(errors="replace")):
            path.unlink()


def truncate_log_after_commit(**_: Any) -> None:
    # If this fails, a scheduled task repeats it within minutes. The deletion itself is complete.
    transaction.on_commit(truncate_log, robust=True)


def truncate_log(patience_ms: int = 0) -> None:
    """Truncate SQLite's write-ahead log, which still contains deleted rows.

    SQLite waits at most `patience_ms` for concurrent readers. Inside a transaction, SQLite cannot
    truncate the log, so nothing happens.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {patience_ms}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")


def forget_unconfirmed() -> None:
    """Delete accounts whose address was not confirmed in time, except staff and superusers."""
    late = User.objects.filter(
        date_joined__lt=timezone.now() - UNCONFIRMED, is_staff=False, is_superuser=False
    ).exclude(emailaddress__verified=True)
    for number in list(late.values_list("pk", flat=True)[:BATCH]):
        if _delete_if_among(late, number):
            logger.info("account %s: deleted, since its address was not confirmed in time", number)


@transaction.atomic
def _delete_if_among(late: QuerySet[User], number: int) -> bool:
    """Lock an account and its addresses, and delete it unless it was confirmed meanwhile."""
    User.objects.select_for_update().filter(pk=number).first()
    list(EmailAddress.objects.select_for_update().filter(user=number).order_by("pk"))
    user = late.filter(pk=number).first()
    if user:
        user.delete()
    return user is not None


def forget_expired_cache() -> None:
    """Delete expired cache entries. Django leaves them until the table is full."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    now = connection.ops.adapt_datetimefield_value(timezone.now().replace(tzinfo=None))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])
