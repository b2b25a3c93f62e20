"""Mails to people whose result has become more urgent since it was first given."""

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

# The longest time that a mail waits for the person's other photos to be reread.
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
    """Return raised results that the person sees, or will see after an answer.

    A result that measured growth has raised is always visible. It stays included if a new model
    raises it again within `WAIT`, since the mail about the growth may not have been sent yet.
    """
    raised = Screening.objects.raised()
    has_just_grown = Q(has_grown=True, grown_at__gte=F("raised_at") - WAIT)
    return raised.filter(has_just_grown | Q(pk__in=raised.with_attainable_result().values("pk")))


@transaction.atomic
def _mark(person: User) -> bool:
    """Mark all of a person's raised results as mailed, with audit entries."""
    raised = list(_raised().owned_by(person))
    keys = [screening.pk for screening in raised]
    if not Screening.objects.raised().filter(pk__in=keys).update(raise_mailed_at=Now()):
        return False
    trail.record_each(AuditEntry.Action.MAIL, map(trail.name_of, raised))
    return True
