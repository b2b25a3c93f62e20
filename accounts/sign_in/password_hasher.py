"""Password hashing with limited concurrency, since each hash keeps a core busy for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import PBKDF2PasswordHasher

# In each process. Half of its four threads remain free for other requests.
MOST_AT_ONCE = 2
RETRY_SECONDS = 5

_room = BoundedSemaphore(MOST_AT_ONCE)


class TooManyHashesError(Exception):
    """The maximum number of passwords is being hashed."""


@contextmanager
def room() -> Iterator[None]:
    """Take a slot, or raise at once: waiting would block all threads."""
    if not _room.acquire(blocking=False):
        raise TooManyHashesError
    try:
        yield
    finally:
        _room.release()


class CappedPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's hasher under the same algorithm name, so that stored hashes stay valid."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with room():
            encoded: str = super().encode(password, salt, iterations)
            return encoded
