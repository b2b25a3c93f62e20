"""Rate limits by the hour, counted for each account and each network address.

allauth's rate limits store a list of timestamps under a lock. A request that waits too long for the
lock is refused. So allauth's limits do not suit photos, since many photos arrive at once.
"""

import time
from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Any

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import HourlyCount

HOUR = 3600
# A network address has the limit of this many accounts, since a whole clinic may use one address.
ACCOUNTS_AT_AN_ADDRESS = 20
LONGEST_IN_MINUTES = 90


def consume(request: HttpRequest, action: str, *, most: int) -> int:
    """Count a request. Return 0, or the seconds until the next hour if the limit is reached."""
    hour, elapsed = divmod(int(time.time()), HOUR)
    limits = {
        f"{action} account {request.user.pk}": most,
        f"{action} address {get_ip(request)}": most * ACCOUNTS_AT_AN_ADDRESS,
    }
    with transaction.atomic():
        if all(_add(hour, name, most=number) for name, number in limits.items()):
            return 0
        # A refused request is not counted.
        transaction.set_rollback(True)
    return HOUR - elapsed


MANY_ENTRIES = _("Too many changes in a short time")
ENTRIES_ARE_KEPT = _("Every change is kept for good, so there is a limit. Nothing was stored.")
# One for each form about a photo: the questions, the person, the scale.
ENTRIES_A_PHOTO = 3


def limit_entries(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Limit forms, since each submission adds an audit entry that is kept for good."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        most = ENTRIES_A_PHOTO * settings.UPLOADS_PER_HOUR
        if request.method == "POST" and (seconds := consume(request, "entry", most=most)):
            context = {"heading": MANY_ENTRIES, "why": ENTRIES_ARE_KEPT, "when": in_words(seconds)}
            response = render(request, "429.html", context, status=429)
            response.headers["Retry-After"] = str(seconds)
            return response
        return view(request, *args, **kwargs)

    return limited


def _add(hour: int, name: str, *, most: int) -> bool:
    """Count a request unless the limit is reached. Return whether it was counted.

    A single statement compares and counts, so that concurrent requests cannot exceed the limit.
    """
    counts = HourlyCount.objects
    key = salted_hmac("accounts.limits", name, algorithm="sha256").hexdigest()
    count = counts.filter(hour=hour, key=key, number__lt=most)
    if count.update(number=F("number") + 1):
        return True
    # Either this is the first request of the hour, or the limit is reached.
    counts.get_or_create(hour=hour, key=key)
    return bool(count.update(number=F("number") + 1))


def forget() -> None:
    """Delete the counts of past hours."""
    counts = HourlyCount.objects
    counts.filter(hour__lt=int(time.time()) // HOUR).delete()


def in_words(seconds: int) -> str:
    minutes = ceil(seconds / 60)
    if minutes > LONGEST_IN_MINUTES:
        return gettext("in {hours} hours").format(hours=ceil(minutes / 60))
    if minutes > 1:
        return gettext("in {minutes} minutes").format(minutes=minutes)
    return gettext("in a minute")
