"""The secrets of second steps, encrypted under a key that is not in the database."""

import base64
import secrets
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from skinscreen import keys
from skinscreen.keys import Purpose

NONCE_BYTES: Final = 12


def seal(text: str) -> str:
    """Return the key's id and the AES-256-GCM ciphertext, with a colon between them."""
    key, nonce = keys.newest(Purpose.SECOND_STEP), secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(key.secret).encrypt(nonce, text.encode(), None)
    return f"{key.id}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str) -> str:
    """Return the text.

    Raises:
        KeyMissingError: the root key that encrypted it is not configured.
    """
    identifier, _, body = sealed.partition(":")
    key, raw = keys.find(Purpose.SECOND_STEP, identifier), base64.b64decode(body)
    return AESGCM(key.secret).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()


def reseal(sealed: str) -> str:
    """Encrypt the same text again under the newest key."""
    is_newest = sealed.startswith(f"{keys.newest(Purpose.SECOND_STEP).id}:")
    return sealed if is_newest else seal(unseal(sealed))
