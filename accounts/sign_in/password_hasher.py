"""Password hashing with limited concurrency, since a hash keeps a core busy for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import PBKDF2PasswordHasher

# In each process, so that half of its four threads remain free for other requests.
MOST_AT_ONCE = 2
RETRY_SECONDS = 5

_slots = BoundedSemaphore(MOST_AT_ONCE)


class TooManyHashesError(Exception):
    """Too many passwords are being hashed at the moment."""


@contextmanager
def hash_slot() -> Iterator[None]:
    """Take a slot, or raise TooManyHashesError at once. Waiting would block all threads."""
    if not _slots.acquire(blocking=False):
        raise TooManyHashesError
    try:
        yield
    finally:
        _slots.release()


class CappedPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's hasher under the same algorithm name, so that stored hashes stay valid."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with hash_slot():
            encoded: str = super().encode(password, salt, iterations)
            return encoded
