"""Reminders: stored as rows, shown on the person's pages, and mailed when they are due."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Lesion, Reminder, Screening
from diagnosis.models.decisions import due
from diagnosis.models.reminder import ReminderQuerySet
from diagnosis.reminders import mails
from diagnosis.rules.urgency import TO_A_DOCTOR
from skinscreen.backends.times import midnight, now_plus

# How long after an answer to ask again, if the day to see a doctor by is past. Otherwise the next
# question comes at the end of that day.
ASK_AGAIN: Final = {"booked": timedelta(days=28), "not_yet": timedelta(days=14)}
# The number of photos that are loaded together, with their related rows.
BATCH: Final = 200
# The most photos, and the most open questions, that a run of `plan_visits` looks at.
AT_ONCE: Final = 2_000
RECHECK_AFTER: Final = {1: timedelta(days=30), 3: timedelta(days=91), 6: timedelta(days=182)}


def plan_visits() -> None:
    """Plan the question about a visit for every lesion whose urgency sends its person to a doctor.

    Storing a result does not plan the question, since a result may be shown only later: after a
    reading, after answers, or after a change of the account.
    """
    for keys in _batches(Screening.objects.without_visit_question()):
        for screening in Screening.objects.filter(pk__in=keys).with_outcome():
            _plan_visit(screening)
    due_visits = Reminder.objects.due().visits()
    for keys in _batches(due_visits):
        _ask_each_once_more(due_visits.filter(pk__in=keys))


def _batches(rows: QuerySet[Any]) -> Iterator[list[UUID]]:
    """Yield the keys of at most `AT_ONCE` rows.

    Most of these rows stay as they are for good, so their number grows. Rows that are chosen at
    random each get their turn, although no run looks at all of them.

    New photos come first. The first batch waits for none, since photos may always wait on a busy
    site.
    """
    keys = list(rows.order_by("?").values_list("pk", flat=True)[:AT_ONCE])
    for start in range(0, len(keys), BATCH):
        if start and Screening.objects.waiting().exists():
            return
        yield keys[start : start + BATCH]


def plan_visits_of(lesion: Lesion, screenings: Iterable[Screening]) -> None:
    """Plan the question about a visit when a spot's page, which shows the date, is opened."""
    referring = [photo for photo in screenings if photo.decision.urgency in TO_A_DOCTOR]
    if not referring or _open(lesion, Reminder.Kind.VISIT):
        return
    selected = Screening.objects.without_visit_question().filter(lesion=lesion)
    keys = set(selected.values_list("pk", flat=True))
    for screening in referring:
        if screening.pk in keys:
            _plan_visit(screening)


def _plan_visit(screening: Screening) -> None:
    first = due.first_question(screening, screening.decision)
    is_done = due.is_visited(screening, screening.decision)
    if first and (not is_done or due.is_read_since_the_visit(screening)):
        _plan(Reminder.Kind.VISIT, screening.lesion, first, screening)


def _ask_each_once_more(visits: ReminderQuerySet) -> None:
    photos = Prefetch("screening", Screening.objects.with_outcome())
    for reminder in visits.prefetch_related(photos):
        _ask_once_more(reminder)


def _ask_once_more(reminder: Reminder) -> None:
    """Ask an open question again once the day to see a doctor by is past.

    Delete the question if clinicians have lowered the urgency meanwhile.
    """
    photo, again = reminder.screening, _after_the_day(reminder.screening)
    # The person may have answered meanwhile, and the answer is kept.
    still_open = Reminder.objects.open().filter(pk=reminder.pk)
    if photo and photo.decision.urgency not in TO_A_DOCTOR:
        still_open.delete()
    elif again and reminder.due_at < again <= timezone.now():
        # Compared again: another task may have asked once more, and sent the mail, meanwhile.
        still_open.filter(due_at__lt=again).update(due_at=again, sent_at=None)


def _after_the_day(screening: Screening | None) -> datetime | None:
    """Return the end of the day by which to see a doctor."""
    day = screening and due.day(screening, screening.decision)
    return midnight(day + timedelta(days=1)) if day else None


def _plan(
    kind: Reminder.Kind, lesion: Lesion, due_at: Any, screening: Screening | None = None
) -> None:
    """Store a reminder, unless the lesion has an open reminder of this kind."""
    reminder = Reminder(kind=kind, lesion=lesion, screening=screening, due_at=due_at)
    Reminder.objects.bulk_create([reminder], ignore_conflicts=True)


@transaction.atomic
def answer(reminder: Reminder, *, by: AbstractUser, choice: str) -> None:
    """Store whether a doctor has seen the spot. If no doctor has, plan to ask again.

    A closed question stays as it is.
    """
    still_open = Reminder.objects.open().filter(pk=reminder.pk)
    if not still_open.update(answer=choice, closed_at=Now()):
        return
    if after := ASK_AGAIN.get(choice):
        end = _after_the_day(reminder.screening)
        again = end if end and end > timezone.now() else now_plus(after)
        _plan(Reminder.Kind.VISIT, reminder.lesion, again, reminder.screening)
    trail.record(AuditEntry.Action.ANSWER, reminder.screening, by=by, question="visit")


def may_wait(lesion: Lesion) -> bool:
    """Return whether the newest photo advises no visit, or a doctor has seen the spot since."""
    newest = lesion.newest
    if newest is None or newest.decision.urgency not in TO_A_DOCTOR:
        return True
    return due.is_visited(newest, newest.decision)


def open_visit(screening: Screening) -> Reminder | None:
    """Return the open question about a visit, if the photo sends its person to a doctor."""
    if screening.decision.urgency not in TO_A_DOCTOR:
        return None
    return _open(screening.lesion, Reminder.Kind.VISIT)


def _open(lesion: Lesion, kind: Reminder.Kind) -> Reminder | None:
    """Return the lesion's open reminder of a kind, from prefetched rows if there are any."""
    planned = [reminder for reminder in lesion.reminders.all() if reminder.kind == kind]
    return next((reminder for reminder in planned if reminder.closed_at is None), None)


@transaction.atomic
def choose_recheck(lesion: Lesion, *, months: int) -> None:
    """Set the reminder of a new photo to `months` months from now. With 0, delete the reminder."""
    # Locked, so that no other process merges or deletes the lesion meanwhile.
    Lesion.objects.select_for_update(no_key=True).get(pk=lesion.pk)
    lesion.reminders.rechecks().open().delete()
    if months:
        _plan(Reminder.Kind.RECHECK, lesion, now_plus(RECHECK_AFTER[months]))


def chosen_months(lesion: Lesion) -> int:
    """Return in how many months a new photo is planned, or 0 for never."""
    planned = _open(lesion, Reminder.Kind.RECHECK)
    if not planned:
        return 0
    # The database's clock set `due_at`, and this machine's clock `created_at`, so the difference is
    # not exact.
    after = planned.due_at - planned.created_at
    return min(RECHECK_AFTER, key=lambda months: abs(RECHECK_AFTER[months] - after))


def close_rechecks(lesion: Lesion) -> None:
    """Close the re-check reminders that are due, after a new photo."""
    lesion.reminders.rechecks().due().update(closed_at=Now())


def send() -> None:
    """Send a mail to everybody who has a reminder that is due (see `mails.deliver`)."""
    owners = Reminder.objects.mailable().values("lesion__owner")
    mails.deliver(User.objects.filter(pk__in=owners), _mark)


def _mark(person: User) -> bool:
    """Mark all reminders that are still due as sent."""
    # Queried again: the person may have turned reminders off or deleted a photo meanwhile.
    due = Reminder.objects.mailable().owned_by(person)
    # Clinicians may have lowered an urgency since `plan_visits` looked at the question.
    _ask_each_once_more(due.visits())
    keys = due.values_list("pk", flat=True)
    return bool(Reminder.objects.filter(pk__in=list(keys)).claim())
