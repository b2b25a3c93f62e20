"""Encrypts and decrypts stored files (photos and their renditions) if a key is configured.

An encrypted file consists of MAGIC, the key's id, a nonce, and AES-256-GCM ciphertext. The file's
name is the associated data, so that swapped files are detected. Files stored before encryption was
turned on are read as they are.
"""

import base64
import hashlib
import logging
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, default_storage, storages

from diagnosis.photos.outages import OutageError

logger = logging.getLogger("diagnosis.sealing")

MAGIC = b"SKINSEAL"
KEY_BYTES, ID_BYTES, NONCE_BYTES = 32, 8, 12
HEAD_BYTES = len(MAGIC) + ID_BYTES


class PhotoKeyError(OutageError):
    """The key of a file is not configured. The file is not lost."""

    def __init__(self) -> None:
        super().__init__(
            "SKINSCREEN_PHOTO_KEYS lacks the key that stored photos were encrypted with: "
            "add it after the first key."
        )


class StoreError(OutageError):
    """The photo store cannot be reached, or refuses access. No file is lost."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the photo store failed ({reason}): check the store, SKINSCREEN_S3_ENDPOINT, "
            "SKINSCREEN_S3_ACCESS_KEY and SKINSCREEN_S3_SECRET_KEY."
        )


class DamagedFileError(FileNotFoundError):
    """An encrypted file was truncated, changed or moved, so it cannot be decrypted."""


def make_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


class EncryptedStorage(Storage):
    """Wraps a storage. The first key encrypts files, and any of the keys decrypts them."""

    def __init__(self, *, inner: dict[str, Any], keys: Sequence[bytes] = ()) -> None:
        self.inner = storages.create_storage(inner)
        self.keys = {hashlib.sha256(key).digest()[:ID_BYTES]: key for key in keys}
        self.newest = next(iter(self.keys), b"")

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("A stored file is only read. To change it, save a new file.")
        return ContentFile(self._decrypt(self._stored(name), name), name=name)

    def _save(self, name: str, content: File) -> str:
        return self.inner.save(name, ContentFile(self._encrypt(content.read(), name)))

    def delete(self, name: str) -> None:
        self.inner.delete(name)

    def exists(self, name: str) -> bool:
        return self.inner.exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return self.inner.listdir(path)

    def size(self, name: str) -> int:
        return len(self._decrypt(self._stored(name), name))

    def get_modified_time(self, name: str) -> datetime:
        return self.inner.get_modified_time(name)

    def path(self, name: str) -> str:
        return self.inner.path(name)

    def check_key(self, name: str) -> None:
        """Raise PhotoKeyError if a file's key is not configured.

        Missing files, and files cut inside their header, need no key.
        """
        if self.exists(name):
            with suppress(DamagedFileError):
                self._key(self._stored(name, HEAD_BYTES), name)

    def reencrypt(self, name: str) -> bool:
        """Encrypt a file with the newest key. Return False if the file had that key already.

        Concurrent readers find either the old or the new file, even if the process is killed.
        """
        if self._stored(name, HEAD_BYTES) == MAGIC + self.newest:
            return False
        self._replace(name, self._encrypt(self._decrypt(self._stored(name), name), name))
        return True

    def _replace(self, name: str, content: bytes) -> None:
        try:
            path = Path(self.inner.path(name))
        except NotImplementedError:
            # An object store replaces a file atomically.
            self.inner._save(name, ContentFile(content))  # type: ignore[attr-defined]
            return
        draft = path.with_name(f"{path.name}.new")
        draft.touch(mode=0o600)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _stored(self, name: str, most: int = -1) -> bytes:
        with self.inner.open(name, "rb") as file:
            stored: bytes = file.read(most)
            return stored

    def _encrypt(self, content: bytes, name: str) -> bytes:
        if not self.keys:
            return content
        nonce = secrets.token_bytes(NONCE_BYTES)
        ciphertext = AESGCM(self.keys[self.newest]).encrypt(nonce, content, _associated_data(name))
        return MAGIC + self.newest + nonce + ciphertext

    def _decrypt(self, stored: bytes, name: str) -> bytes:
        key = self._key(stored, name)
        if key is None:
            return stored
        nonce, ciphertext = stored[HEAD_BYTES:][:NONCE_BYTES], stored[HEAD_BYTES + NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, _associated_data(name))
        except (InvalidTag, ValueError) as error:
            raise _damaged(name) from error

    def _key(self, stored: bytes, name: str) -> bytes | None:
        """Return the key of a file, or None if the file is not encrypted."""
        # A file that ends within MAGIC, or is empty, was truncated: no picture begins like MAGIC.
        if not MAGIC.startswith(stored[: len(MAGIC)]):
            return None
        if len(stored) < HEAD_BYTES:
            raise _damaged(name)
        try:
            return self.keys[stored[len(MAGIC) : HEAD_BYTES]]
        except KeyError:
            raise PhotoKeyError from None


def site_storage() -> EncryptedStorage:
    """Return the site's photo storage, typed for methods that Django's storages lack."""
    return cast("EncryptedStorage", default_storage)


def _damaged(name: str) -> DamagedFileError:
    logger.critical("the stored file %s was truncated, changed or moved", name)
    return DamagedFileError(f"{name} was truncated, changed or moved")


def key_id(stored: bytes) -> str:
    """Return the id of the key that encrypted a file.

    Return an empty string if the file is not encrypted, or was cut inside its header.
    """
    has_id = stored.startswith(MAGIC) and len(stored) >= HEAD_BYTES
    return stored[len(MAGIC) : HEAD_BYTES].hex() if has_id else ""


def _associated_data(name: str) -> bytes:
    return str(name).replace("\\", "/").encode()
