"""Names of cache entries. Limits are counted by addresses, which the names must not reveal."""

import hmac

from skinscreen import keys
from skinscreen.keys import Purpose


def hidden(name: str, prefix: str, version: int) -> str:
    """Return a keyed hash: a plain one could be reversed by trying all network addresses."""
    secret = keys.newest(Purpose.CACHE).secret
    return hmac.digest(secret, f"{prefix}:{version}:{name}".encode(), "sha256").hex()
