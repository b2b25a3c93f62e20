"""The outbox: mails wait in the database until the mail server accepts them.

So no request fails if the mail server is down. An expired mail is dropped, for example because its
code is no longer valid. All times are the database's: the clock of a worker's host may be wrong.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import make_msgid
from smtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from time import monotonic
from traceback import walk_tb
from typing import Any, Final, NamedTuple

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import WaitingMail
from accounts.signals import mail_waits
from skinscreen.backends.times import now_plus

logger = logging.getLogger("accounts.outbox")

# The most mails in a run. The next run continues.
BATCH: Final = 20
# The first and the longest pause of an exponential back-off.
FIRST_RETRY, LAST_RETRY = timedelta(seconds=30), timedelta(minutes=15)
# SMTP codes of at least this number are permanent failures.
REFUSED: Final = 500
Refusal = SMTPRecipientsRefused | SMTPSenderRefused | SMTPDataError
# Publishes the task that sends mails, in a thread of its own, so that a broker that hangs delays no
# request. If publishing fails, beat's next task sends the mails.
publisher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")


class Terms(NamedTuple):
    """How long a mail is worth sending, and whether it must not be sent twice."""

    lasts: timedelta = timedelta(days=3)
    is_once: bool = False


def set_terms(message: EmailMessage, terms: Terms) -> EmailMessage:
    vars(message)["terms"] = terms
    return message


class OutboxBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _store(message)
        transaction.on_commit(lambda: publisher.submit(mail_waits.send, None), robust=True)
        return len(email_messages)


def _store(message: EmailMessage) -> None:
    if message.attachments or getattr(message, "alternatives", None):
        raise ValueError("The outbox accepts only plain text.")
    terms = vars(message).get("terms", Terms())
    # With a fixed id, mail programs show a mail only once, even if it was sent twice.
    headers = {"Message-ID": make_msgid(domain="skinscreen"), **message.extra_headers}
    for address in message.recipients():
        WaitingMail.objects.create(
            to=address,
            sender=message.from_email,
            subject=str(message.subject),
            body=str(message.body),
            headers={name: str(value) for name, value in headers.items()},
            is_once=terms.is_once,
            created_at=Now(),
            due_at=Now(),
            expires_at=now_plus(terms.lasts),
        )


def send() -> None:
    """Drop expired mails, and send the mails that are due, the oldest first."""
    dropped, _ = WaitingMail.objects.filter(expires_at__lte=Now()).delete()
    if dropped:
        logger.error("mail: %s expired before the mail server accepted them", dropped)
    due = list(WaitingMail.objects.due().values_list("pk", flat=True)[:BATCH])
    if not due:
        return
    # After this time no mail is claimed, since the time limit could end its attempt. The first mail
    # is tried in any case, so that even the slowest server gets all mails in the end.
    end = monotonic() + settings.CELERY_TASK_SOFT_TIME_LIMIT / 2
    try:
        # Connected before a mail is claimed: an outage of the server lengthens no mail's back-off.
        with get_connection(settings.OUTBOX_BACKEND) as connection:
            for pk in due:
                if not _try(pk, connection):
                    # The refused mail's transaction may still be open, or the connection closed.
                    connection.close()
                    connection.open()
                if monotonic() > end:
                    break
    except (SMTPException, OSError) as error:
        # Without the error's message, which may contain an address.
        logger.warning("mail: the mail server failed (%s)", type(error).__name__)


def _try(pk: int, connection: BaseEmailBackend) -> bool:
    """Try to send a mail. Return False if the mail server refused it."""
    mail = _claim(pk)
    if mail is None:
        return True
    if mail.is_once:
        mail.delete()
    refusal = _refusal(mail, connection)
    if refusal and _is_temporary(refusal):
        _keep(mail)
    elif mail.pk:
        mail.delete()
    return refusal is None


def _refusal(mail: WaitingMail, connection: BaseEmailBackend) -> Refusal | None:
    """Send a mail. Return the mail server's refusal, if any."""
    try:
        _as_message(mail, connection).send()
    except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError) as error:
        logger.warning("mail: the mail server refused a mail (%s)", type(error).__name__)
        return error
    except (SMTPServerDisconnected, SoftTimeLimitExceeded) as error:
        if _is_unsent(error):
            _keep(mail)
        raise
    return None


def _is_temporary(error: Refusal) -> bool:
    """Return whether the mail is worth another attempt, as with greylisting."""
    if isinstance(error, SMTPRecipientsRefused):
        return any(code < REFUSED for code, _ in error.recipients.values())
    # A refused sender concerns the site, not the mail: for example, a quota is used up.
    return isinstance(error, SMTPSenderRefused) or error.smtp_code < REFUSED


def _is_unsent(error: Exception) -> bool:
    """Return whether the attempt ended before the mail was sent. Only the traceback tells."""
    frames = walk_tb(error.__traceback__)
    return all(frame.f_code is not SMTP.data.__code__ for frame, _ in frames)


def _keep(mail: WaitingMail) -> None:
    """Store an unsent mail again if it was deleted before its attempt."""
    if not mail.pk:
        mail.due_at = now_plus(_pause(mail))
        mail.tries += 1
        mail.save(force_insert=True)


def _claim(pk: int) -> WaitingMail | None:
    """Claim a mail for an attempt. Return None if another worker has claimed it, or it is gone."""
    mail = WaitingMail.objects.due().filter(pk=pk).first()
    if mail is None:
        return None
    unchanged = WaitingMail.objects.filter(pk=pk, tries=mail.tries)
    is_ours = unchanged.update(tries=F("tries") + 1, due_at=now_plus(_pause(mail)))
    return mail if is_ours else None


def _pause(mail: WaitingMail) -> timedelta:
    # After five attempts the pause no longer grows. After 42, the product would be no timedelta.
    return min(FIRST_RETRY * (1 << min(mail.tries, 5)), LAST_RETRY)


def _as_message(mail: WaitingMail, connection: Any) -> EmailMessage:
    return EmailMessage(
        mail.subject,
        mail.body,
        mail.sender,
        [mail.to],
        headers=mail.headers,
        connection=connection,
    )
