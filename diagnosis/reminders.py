"""What a person is to do later: planned in rows, shown on their pages, said once by mail."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from smtplib import SMTPException
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse

from accounts import outbox, unsubscribing
from accounts.models import User
from diagnosis import audit, texts
from diagnosis.models import AuditEntry, Lesion, Reminder, Screening
from diagnosis.querysets.times import now_plus
from ml.labels import Tier

logger = logging.getLogger(__name__)

ASK_AFTER: Final = timedelta(days=14)
ASK_AGAIN: Final = {"booked": timedelta(days=28), "not_yet": timedelta(days=14)}
RECHECK_AFTER: Final = {1: timedelta(days=30), 3: timedelta(days=91), 6: timedelta(days=182)}
# Hours of the day, where the person is, in which a mail disturbs nobody.
EARLIEST, LATEST = 9, 20
# At most so many mails a run: a task has 18 s, and the next run goes on.
BATCH = 50
TERMS: Final = outbox.Terms(lasts=timedelta(days=1), is_once=True)


def plan_visits() -> None:
    """Plan the question after every elevated result that its owner can see; one a lesion.

    Looked for, not planned with the result: what is withheld today may be shown by a reading or by
    a change of the account tomorrow.
    """
    for screening in Screening.objects.shown().unasked().with_outcome():
        prediction = screening.shown_prediction
        if prediction and prediction.tier == Tier.ELEVATED:
            _plan(Reminder.Kind.VISIT, screening.lesion, ASK_AFTER, screening)


def _plan(
    kind: Reminder.Kind, lesion: Lesion, after: timedelta, screening: Screening | None = None
) -> None:
    """Store a reminder; where one is open already, do nothing."""
    reminder = Reminder(kind=kind, lesion=lesion, screening=screening, due_at=now_plus(after))
    Reminder.objects.bulk_create([reminder], ignore_conflicts=True)


@transaction.atomic
def answer(reminder: Reminder, *, by: AbstractUser, said: str) -> None:
    """Store whether a doctor has seen the spot, and ask again later if not; the first counts."""
    still_open = Reminder.objects.open().filter(pk=reminder.pk)
    if not still_open.update(answer=said, closed_at=Now()):
        return
    audit.record(AuditEntry.Action.ANSWER, reminder.screening, by=by, question="visit")
    if after := ASK_AGAIN.get(said):
        _plan(Reminder.Kind.VISIT, reminder.lesion, after, reminder.screening)


@transaction.atomic
def choose_recheck(lesion: Lesion, *, months: int) -> None:
    """Remind of a new photo in so many months, instead of what was chosen before; 0: never."""
    lesion.reminders.rechecks().open().delete()
    if months:
        _plan(Reminder.Kind.RECHECK, lesion, RECHECK_AFTER[months])


def chosen_months(lesion: Lesion) -> int:
    """Return after how many months a new photo was asked for; 0: none is planned."""
    planned = lesion.reminders.rechecks().open().first()
    if not planned:
        return 0
    # The database's clock dates one, ours the other: they differ a little.
    after = planned.due_at - planned.created_at
    return min(RECHECK_AFTER, key=lambda months: abs(RECHECK_AFTER[months] - after))


def close_rechecks(lesion: Lesion) -> None:
    """Count a re-check that is due as done, by a new photo."""
    lesion.reminders.rechecks().due().update(closed_at=Now())


def send() -> None:
    """Mail everybody who has something due and whose day it is.

    At most once: a row is marked as sent by one conditional UPDATE, and mailed after that. Who dies
    in between loses a mail, which the person's pages make up for. The other way round it would be
    sent twice, and somebody who is reminded twice of a worry stops reading.
    """
    people = list(islice(_awake(), BATCH))
    if not people:
        return
    try:
        # Opened before anything is marked: a mail server that is down costs no mail.
        with get_connection() as connection:
            for person in people:
                _send(person, connection)
    except (SMTPException, OSError) as error:
        # Without its words, which may hold an address.
        logger.warning("reminders: the mail server failed (%s)", type(error).__name__)


def _awake() -> Iterator[User]:
    """Yield whoever has something to be mailed, where it is day now by the database's clock."""
    owners = Reminder.objects.mailable().values("lesion__owner")
    for person in User.objects.filter(pk__in=owners).annotate(now=Now()).order_by("pk"):
        if is_day(person.now, person.zone):
            yield person


def is_day(now: datetime, zone: ZoneInfo) -> bool:
    return EARLIEST <= now.astimezone(zone).hour < LATEST


def _send(person: User, connection: BaseEmailBackend) -> None:
    """Send one mail, however much is due."""
    # Asked again: the person may have stopped the mails, or deleted a photo, since.
    due = Reminder.objects.mailable().owned_by(person).values_list("pk", flat=True)
    if Reminder.objects.filter(pk__in=list(due)).claim():
        outbox.set_terms(_mail(person, connection), TERMS).send()


def _mail(person: User, connection: BaseEmailBackend) -> EmailMessage:
    """Write a mail that tells whoever reads it nothing but that the person has an account."""
    stop = settings.SITE_URL + unsubscribing.path_for(person)
    context = {
        "url": settings.SITE_URL + reverse("diagnosis:history"),
        "stop_url": stop,
        "current_site": {"domain": urlsplit(settings.SITE_URL).netloc},
    }
    return EmailMessage(
        settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + texts.REMINDER_SUBJECT,
        render_to_string("diagnosis/email/reminder_message.txt", context),
        to=[person.email],
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
        connection=connection,
    )
