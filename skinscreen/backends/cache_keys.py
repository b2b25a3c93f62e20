"""Hashed cache keys. Rate limits count by network address, which a cache key must not reveal."""

import hmac

from skinscreen import keys
from skinscreen.keys import Purpose


def hidden(name: str, prefix: str, version: int) -> str:
    """Return a keyed hash. A plain hash could be reversed by trying all network addresses."""
    secret = keys.newest(Purpose.CACHE).secret
    return hmac.digest(secret, f"{prefix}:{version}:{name}".encode(), "sha256").hex()
