"""Records who opened somebody else's photo, its thumbnail, or a page about it.

The owner sees these views on the page about their data.
"""

from datetime import timedelta

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.utils import timezone

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Screening

# A page and its pictures are requested one after the other, and count as a single view.
SAME_VIEW = timedelta(minutes=1)


def record(*screenings: Screening, by: AbstractUser | AnonymousUser) -> None:
    """Record that `by` saw these screenings. Leave out those that `by` owns or has just seen."""
    others = {trail.name_of(screening) for screening in screenings if screening.owner_id != by.pk}
    if others and (new := others - _seen_just_now(others, by)):
        trail.record_each(AuditEntry.Action.VIEW, sorted(new), by=by)


def _seen_just_now(names: set[str], by: AbstractUser | AnonymousUser) -> set[str]:
    since = timezone.now() - SAME_VIEW
    views = AuditEntry.objects.filter(action=AuditEntry.Action.VIEW, actor=by.pk, at__gte=since)
    return set(views.filter(subject__in=names).values_list("subject", flat=True))
