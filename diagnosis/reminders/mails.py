"""Sends mails about reminders and results. The mails reveal only that the person has an account.

`reminders.py`, `notices.py` and `raised_results.py` decide who gets a mail. If a mail server is
set, `accounts.mail.outbox` stores the mails and sends them. It repeats failed attempts, but those
of a reminder only if they certainly sent nothing.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import islice
from smtplib import SMTPException
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.mail import outbox, unsubscribe_link
from accounts.models import User
from diagnosis.reminders import texts

logger = logging.getLogger("diagnosis.mails")

# Mails are sent between these hours in the person's time zone.
EARLIEST, LATEST = 9, 20
# The most mails in a run, since a task has 18 s. The next run continues.
BATCH = 50
# A late reminder is useless. Mails that cannot be turned off are worth several attempts.
TERMS: Final = outbox.Terms(lasts=timedelta(days=1), is_once=True)
LASTING: Final = outbox.Terms(lasts=timedelta(days=14))


def deliver(
    owners: QuerySet[User], mark: Callable[[User], bool], *, can_be_stopped: bool = True
) -> None:
    """Send a mail to each owner for whom it is daytime, and for whom `mark` marks a row as sent.

    A reminder is sent at most once. A conditional UPDATE marks its row as sent before the mail is
    written. If the process dies in between, the mail is lost, but the person's pages show the
    reminder. In the opposite order, a mail could be sent twice, and people who are reminded twice
    of a worry stop reading their mails.

    A mail that cannot be turned off must be stored exactly once. The outbox is in the same
    database, so the mark and the mail are stored in a single transaction.
    """
    people = list(islice(awake(owners), BATCH))
    if not people:
        return
    try:
        # Opened before anything is marked, so that a backend that cannot be opened loses no mail.
        # The outbox connects to the mail server later, when it sends.
        with get_connection() as connection:
            for person in people:
                with nullcontext() if can_be_stopped else transaction.atomic():
                    _send(person, mark, connection, can_be_stopped=can_be_stopped)
    except (SMTPException, OSError) as error:
        # Without the error's message, which may contain an address.
        logger.warning("mails: the mail server failed (%s)", type(error).__name__)


def _send(
    person: User,
    mark: Callable[[User], bool],
    connection: BaseEmailBackend,
    *,
    can_be_stopped: bool,
) -> None:
    if mark(person):
        written = _mail(person, connection, can_be_stopped=can_be_stopped)
        outbox.set_terms(written, TERMS if can_be_stopped else LASTING).send()


def awake(owners: QuerySet[User]) -> Iterator[User]:
    """Yield people for whom it is day now by the database's clock."""
    for person in owners.annotate(now=Now()).order_by("pk"):
        if is_day(person.now, person.zone):
            yield person


def is_day(now: datetime, zone: ZoneInfo) -> bool:
    return EARLIEST <= now.astimezone(zone).hour < LATEST


def _mail(person: User, connection: BaseEmailBackend, *, can_be_stopped: bool) -> EmailMessage:
    stop = settings.SITE_URL + unsubscribe_link.path_for(person) if can_be_stopped else ""
    context = {
        "url": settings.SITE_URL + reverse("diagnosis:history"),
        "stop_url": stop,
        "operator": settings.OPERATOR,
        "current_site": {"domain": urlsplit(settings.SITE_URL).netloc},
    }
    stopping = {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return EmailMessage(
        settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + texts.REMINDER_SUBJECT,
        render_to_string("reminders/email/reminder_message.txt", context),
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"} | (stopping if stop else {}),
        connection=connection,
    )
