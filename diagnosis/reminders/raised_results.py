"""Mails to whoever's result has become more urgent since they read it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.classification import inference
from diagnosis.models import AuditEntry, Screening
from diagnosis.reminders import mails
from ml.serving.card import ModelError

# For so long a mail waits for a person's other photos.
WAIT = timedelta(days=1)


def send() -> None:
    """Mail whoever's answer has become more urgent, once, when all their photos are read again."""
    try:
        version = inference.classifier().card.version
    except ModelError:
        return
    raised = Screening.objects.raised().shown()
    owners = User.objects.filter(is_active=True, pk__in=raised.values("owner"))
    unfinished = Screening.objects.to_reread(version).values("owner")
    late = raised.filter(raised_at__lt=Now() - WAIT).values("owner")
    # Whatever the person has chosen: a reminder can be done without, this cannot.
    due = owners.filter(~Q(pk__in=unfinished) | Q(pk__in=late))
    mails.deliver(due, _mark, can_be_stopped=False)


@transaction.atomic
def _mark(person: User) -> bool:
    """Mark all of a person's that are raised as told by mail, and say so in the audit trail."""
    raised = list(Screening.objects.raised().shown().owned_by(person))
    keys = [screening.pk for screening in raised]
    if not Screening.objects.raised().filter(pk__in=keys).update(raise_mailed_at=Now()):
        return False
    trail.record_each(AuditEntry.Action.MAIL, map(trail.name_of, raised))
    return True
