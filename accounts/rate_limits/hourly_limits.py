"""How often somebody may do something in an hour, counted by account and by address.

allauth's own limits keep every time in a list, under a lock that whoever waits for it too long is
refused: too much for photos, of which many come at once.
"""

import time
from math import ceil

from allauth.core.internal.ratelimit import get_ip
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import HourlyCount

HOUR = 3600
# A clinic's people share one address.
ACCOUNTS_AT_AN_ADDRESS = 20
LONGEST_IN_MINUTES = 90


def consume(request: HttpRequest, action: str, *, most: int) -> int:
    """Count one more; where it is one too many, return the seconds until the next hour, else 0."""
    hour, gone = divmod(int(time.time()), HOUR)
    limits = {
        f"{action} account {request.user.pk}": most,
        f"{action} address {get_ip(request)}": most * ACCOUNTS_AT_AN_ADDRESS,
    }
    with transaction.atomic():
        if all(_add(hour, what, most=number) for what, number in limits.items()):
            return 0
        # What is refused counts for nothing.
        transaction.set_rollback(True)
    return HOUR - gone


def _add(hour: int, what: str, *, most: int) -> bool:
    """Count one more unless that is too many, in one statement: of many at once none slips by."""
    counts = HourlyCount.objects
    key = salted_hmac("accounts.limits", what, algorithm="sha256").hexdigest()
    counts.get_or_create(hour=hour, key=key)
    return bool(counts.filter(hour=hour, key=key, number__lt=most).update(number=F("number") + 1))


def forget() -> None:
    """Remove what was counted in hours that are over."""
    counts = HourlyCount.objects
    counts.filter(hour__lt=int(time.time()) // HOUR).delete()


def in_words(seconds: int) -> str:
    minutes = ceil(seconds / 60)
    if minutes > LONGEST_IN_MINUTES:
        return f"in {ceil(minutes / 60)} hours"
    return f"in {minutes} minutes" if minutes > 1 else "in a minute"
