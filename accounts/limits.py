"""How often somebody may do something in an hour, counted by account and by address.

allauth's own limits keep every time in a list, under a lock that whoever waits for it too long is
refused: too much for photos, of which many come at once.
"""

import time
from math import ceil

from allauth.core.internal.ratelimit import get_ip
from django.core.cache import cache
from django.http import HttpRequest

HOUR = 3600
# A clinic's people share one address.
ACCOUNTS_AT_AN_ADDRESS = 20
LONGEST_IN_MINUTES = 90


def consume(request: HttpRequest, action: str, *, most: int) -> int:
    """Count one more; where it is one too many, return the seconds until the next hour, else 0."""
    hour, gone = divmod(int(time.time()), HOUR)
    limits = {
        f"limit:{action}:{hour}:account:{request.user.pk}": most,
        f"limit:{action}:{hour}:address:{get_ip(request)}": most * ACCOUNTS_AT_AN_ADDRESS,
    }
    counts = dict.fromkeys(limits, 0) | cache.get_many(limits)
    if any(counts[key] >= limits[key] for key in limits):
        return HOUR - gone
    cache.set_many({key: count + 1 for key, count in counts.items()}, timeout=HOUR)
    return 0


def in_words(seconds: int) -> str:
    minutes = ceil(seconds / 60)
    if minutes > LONGEST_IN_MINUTES:
        return f"in {ceil(minutes / 60)} hours"
    return f"in {minutes} minutes" if minutes > 1 else "in a minute"
