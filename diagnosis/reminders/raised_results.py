"""Mails to people whose result has become more urgent after they saw it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.classification import active_model
from diagnosis.models import AuditEntry, Screening
from diagnosis.models.querysets.screenings import ScreeningQuerySet
from diagnosis.reminders import mails
from ml.serving.card import ModelError

# How long a mail waits for the person's other photos.
WAIT = timedelta(days=1)


def send() -> None:
    """Mail people whose result was raised, once all their photos are reread or `WAIT` is over."""
    try:
        version = active_model.classifier().card.version
    except ModelError:
        return
    raised = _raised()
    owners = User.objects.filter(is_active=True, pk__in=raised.values("owner"))
    unfinished = Screening.objects.to_reread(version).values("owner")
    late = raised.filter(raised_at__lt=Now() - WAIT).values("owner")
    # This mail is not optional, so people who have turned reminders off get it, too.
    due = owners.filter(~Q(pk__in=unfinished) | Q(pk__in=late))
    mails.deliver(due, _mark, can_be_stopped=False)


def _raised() -> ScreeningQuerySet:
    """Return raised results that the person may see.

    A result that growth raised is always visible. That includes growth that was measured up to
    `WAIT` before the result was raised, since the mail about the growth may still have waited.
    """
    raised = Screening.objects.raised()
    has_just_grown = Q(has_grown=True, grown_at__gte=F("raised_at") - WAIT)
    return raised.filter(has_just_grown | Q(pk__in=raised.shown().values("pk")))


@transaction.atomic
def _mark(person: User) -> bool:
    """Mark all of a person's raised results as mailed, with audit entries."""
    raised = list(_raised().owned_by(person))
    keys = [screening.pk for screening in raised]
    if not Screening.objects.raised().filter(pk__in=keys).update(raise_mailed_at=Now()):
        return False
    trail.record_each(AuditEntry.Action.MAIL, map(trail.name_of, raised))
    return True
