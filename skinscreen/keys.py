"""Keys for long-lived data: one for each purpose, derived from SKINSCREEN_ROOT_KEYS.

    from skinscreen import keys
    from skinscreen.keys import Purpose

    # Key(id="3f0c...", secret=32 bytes). Store the id beside the data that the key protects.
    key = keys.newest(Purpose.AUDIT)
    # The key with this id, even after a rotation. Raises KeyMissingError if its root is missing.
    key = keys.find(Purpose.AUDIT, id)
    # All keys, the newest first, for data without the id of a key.
    keys.all_of(Purpose.CACHE)

The newest keys are derived from the first root, earlier keys from the other roots. Derivation is
HKDF-SHA256 with the purpose as its info: a key reveals nothing about the root, or about keys of
other purposes.

Sessions, links in mails and device cookies are signed by `django.core.signing` with SECRET_KEY and
SECRET_KEY_FALLBACKS. Photos are encrypted with SKINSCREEN_PHOTO_KEYS.
docs/keys.md describes all keys.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from skinscreen.environment import env

KEY_BYTES, ID_BYTES = 32, 8


class Purpose(StrEnum):
    """Purposes of keys. Their values must never change, since keys are derived from them."""

    AUDIT = "audit"
    BACKUP = "backup"
    BACKUP_MAC = "backup mac"
    CACHE = "cache"
    SECOND_STEP = "second step"


@dataclass(frozen=True)
class Key:
    id: str
    secret: bytes = field(repr=False)


class KeyMissingError(Exception):
    """The root of the key with this id is not configured. The data is neither invalid nor lost."""

    def __init__(self, purpose: Purpose, identifier: str) -> None:
        super().__init__(
            f"SKINSCREEN_ROOT_KEYS lacks the root of the {purpose} key {identifier}: "
            "add it after the first key."
        )


def is_configured() -> bool:
    """Return whether SKINSCREEN_ROOT_KEYS is set. Then no key is lost with the home folder."""
    return bool(env.names("SKINSCREEN_ROOT_KEYS"))


def newest(purpose: Purpose) -> Key:
    return all_of(purpose)[0]


def all_of(purpose: Purpose) -> list[Key]:
    return [_derived(root, purpose) for root in settings.ROOT_KEYS]


def find(purpose: Purpose, identifier: str) -> Key:
    for key in all_of(purpose):
        if key.id == identifier:
            return key
    raise KeyMissingError(purpose, identifier)


@cache
def _derived(root: str, purpose: Purpose) -> Key:
    hkdf = HKDF(SHA256(), KEY_BYTES, salt=None, info=f"skinscreen {purpose}".encode())
    secret = hkdf.derive(root.encode())
    return Key(hashlib.sha256(secret).hexdigest()[: 2 * ID_BYTES], secret)
