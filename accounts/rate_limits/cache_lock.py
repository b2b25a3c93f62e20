"""The lock of allauth's rate limits.

If a request cannot acquire the lock in time, an error is raised. With allauth's own lock, the limit
would count as reached instead.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

from allauth.core.internal import ratelimit
from django.core.cache import cache

from skinscreen.backends.lock_waiting import WaitedTooLongError

# Counting takes milliseconds. The lock of a process that dies meanwhile expires after this time.
HELD_SECONDS: Final = 3
WAIT_SECONDS: Final = HELD_SECONDS + 1
RETRY_SECONDS: Final = 0.02


@contextmanager
def cache_lock(key: str) -> Iterator[bool]:
    name, token = f"{key}:lock", uuid4().hex
    deadline = time.monotonic() + WAIT_SECONDS
    while not cache.add(name, token, timeout=HELD_SECONDS):
        if time.monotonic() > deadline:
            raise WaitedTooLongError(f"a rate limit's count was locked for {WAIT_SECONDS} s")
        time.sleep(RETRY_SECONDS)
    try:
        yield True
    finally:
        # After `HELD_SECONDS`, another request may hold the lock.
        if cache.get(name) == token:
            cache.delete(name)


def install() -> None:
    ratelimit.cache_lock = cache_lock
