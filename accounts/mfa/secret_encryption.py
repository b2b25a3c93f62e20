"""Encryption of second steps' secrets, with keys that are not in the database."""

import base64
import secrets
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from skinscreen import keys
from skinscreen.keys import Purpose

NONCE_BYTES: Final = 12


def encrypt(text: str) -> str:
    """Return the key's id, a colon, and the nonce with the AES-256-GCM ciphertext in base64."""
    key, nonce = keys.newest(Purpose.SECOND_STEP), secrets.token_bytes(NONCE_BYTES)
    ciphertext = nonce + AESGCM(key.secret).encrypt(nonce, text.encode(), None)
    return f"{key.id}:{base64.b64encode(ciphertext).decode()}"


def decrypt(encrypted: str) -> str:
    """Return the plain text.

    Raises:
        KeyMissingError: no configured root key derives the key of this ciphertext.
    """
    identifier, _, body = encrypted.partition(":")
    key, raw = keys.find(Purpose.SECOND_STEP, identifier), base64.b64decode(body)
    return AESGCM(key.secret).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()


def reencrypt(encrypted: str) -> str:
    """Encrypt a secret again with the newest key, unless that key has encrypted it already."""
    is_newest = encrypted.startswith(f"{keys.newest(Purpose.SECOND_STEP).id}:")
    return encrypted if is_newest else encrypt(decrypt(encrypted))
