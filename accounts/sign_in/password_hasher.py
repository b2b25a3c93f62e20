"""Password hashes, of which only a few are worked out at once: each takes a core for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import PBKDF2PasswordHasher

# In each process: half of its four threads are left for everybody else.
MOST_AT_ONCE = 2
RETRY_SECONDS = 5

_room = BoundedSemaphore(MOST_AT_ONCE)


class TooManyHashesError(Exception):
    """Enough passwords are being checked; another one has to wait outside."""


@contextmanager
def room() -> Iterator[None]:
    """Hold one of the few places; nobody waits for one, or all threads would."""
    if not _room.acquire(blocking=False):
        raise TooManyHashesError
    try:
        yield
    finally:
        _room.release()


class CappedPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's own, under the same name: what is stored stays valid."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with room():
            encoded: str = super().encode(password, salt, iterations)
            return encoded
