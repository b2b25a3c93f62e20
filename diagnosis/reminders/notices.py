"""News that must reach a person: a clinician's reading, and an unopened urgent result.

A mail about a clinician's reading is sent once, even if the person turned reminders off. Every five
minutes a task sends the mails that are due, to people for whom it is daytime, at most 50 in a run.
A second mail is sent only for a more urgent reading, or if an urgent reading is not opened for
three days. After another three days the person is on the list of people to reach.
"""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Notice, Screening
from diagnosis.models.notice import PATIENCE
from diagnosis.reminders import mails
from diagnosis.rules.urgency import RANK, Urgency
from skinscreen.backends.times import now_plus


@transaction.atomic
def note_reading(screening: Screening) -> None:
    """Plan the mail about a reading that was just stored."""
    screening = Screening.objects.with_outcome().get(pk=screening.pk)
    before = Notice.objects.filter(pk=screening.pk).first()
    Notice.objects.update_or_create(screening=screening, defaults=notice_fields(screening, before))


def notice_fields(screening: Screening, before: Notice | None) -> dict[str, Any]:
    """Return the fields of a reading's notice. `before` is the photo's notice so far."""
    urgency = screening.decision.urgency
    fields: dict[str, Any] = {
        "reached_at": None,
        "urgency": urgency or "",
        "is_reading": True,
        "noted_at": Now(),
        "opened_at": None,
    }
    if before is None or not before.is_reading or _is_raised(urgency, before):
        fields |= {"due_at": Now(), "mailed_at": None}
    elif before.mailed_at:
        fields["due_at"] = _next_mail(urgency)
    return fields


def _is_raised(urgency: Urgency | None, before: Notice) -> bool:
    return RANK[urgency] > RANK[Urgency(before.urgency) if before.urgency else None]


def _next_mail(urgency: Urgency | str | None) -> object:
    """Return when a second mail is due if the reading is not opened. None unless it is urgent."""
    return now_plus(PATIENCE) if urgency == Urgency.URGENT else None


def note_opened(screening: Screening) -> None:
    """Record that the owner has opened the notice, unless the page hides the result.

    The page hides a result that waits for the person's answers. A notice that is newer than
    `screening` stays unopened, since the page does not show it.
    """
    notice = getattr(screening, "notice", None)
    if not notice or notice.opened_at:
        return
    decision = screening.decision
    is_shown = decision.urgency or decision.needs_new_photo
    is_hidden = notice.urgency == Urgency.URGENT and decision.urgency is not Urgency.URGENT
    if screening.waits_for_person and (not is_shown or is_hidden):
        return
    same = Notice.objects.unopened().filter(noted_at__lte=notice.noted_at, urgency=notice.urgency)
    same.filter(pk=screening.pk).update(opened_at=Now())


@transaction.atomic
def note_reached(notice: Notice, *, by: AbstractUser) -> None:
    """Record that the owner was informed in another way, such as by telephone."""
    if Notice.objects.to_reach().filter(pk=notice.pk).update(reached_at=Now()):
        trail.record(AuditEntry.Action.CLAIM, notice.screening, by=by, step="reached")


def send() -> None:
    """Mail everybody who has a notice that is due."""
    owners = Notice.objects.due().values("screening__owner")
    due = User.objects.filter(is_active=True, pk__in=owners)
    mails.deliver(due, _mark, can_be_stopped=False)


@transaction.atomic
def _mark(person: User) -> bool:
    """Mark all due notices of a person as mailed, with audit entries."""
    due = list(Notice.objects.due().owned_by(person).select_related("screening"))
    marked = [notice for notice in due if _mark_one(notice)]
    trail.record_each(
        AuditEntry.Action.MAIL, (trail.name_of(notice.screening) for notice in marked)
    )
    return bool(marked)


def _mark_one(notice: Notice) -> bool:
    is_first = notice.is_reading and notice.mailed_at is None
    again = _next_mail(notice.urgency) if is_first else None
    still_due = Notice.objects.due().filter(pk=notice.pk)
    return bool(still_due.update(mailed_at=Now(), due_at=again))
