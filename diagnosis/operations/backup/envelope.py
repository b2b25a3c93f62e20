"""The format of an encrypted backup: a line, a file encrypted with age, an HMAC-SHA256 of both.

The line contains the id of the HMAC's key. The HMAC is needed because encryption alone does not
authenticate a backup: anybody who knows age's recipient (a public key) can encrypt to it.
"""

import hmac
import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from diagnosis.operations.backup.errors import BackupError, DamagedError
from skinscreen import keys
from skinscreen.keys import Key, KeyMissingError, Purpose

MAGIC = b"skinscreen-backup 2 "
HEAD_BYTES = len(MAGIC) + 2 * keys.ID_BYTES + 1
MAC_BYTES = 32
CHUNK_BYTES = 1 << 18


@contextmanager
def encrypted(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield a file that encrypts what is written to it. The HMAC is appended at the end."""
    key = keys.newest(Purpose.BACKUP_MAC)
    signed = _Signed(file, key)
    signed.write(MAGIC + key.id.encode() + b"\n")
    recipients = [recipient(keys.newest(Purpose.BACKUP))]
    with _read_by(lambda plain: pyrage.encrypt_io(plain, signed, recipients)) as plain:
        yield plain
    file.write(signed.mac.digest())


def trust(file: IO[bytes], *, is_plain_accepted: bool) -> None:
    """Raise an error for a backup without a valid HMAC, except an accepted plain backup."""
    if _is_encrypted(file):
        _check(file)
    elif not _is_tar(file):
        raise DamagedError("it is neither an encrypted nor a plain backup")
    elif not is_plain_accepted:
        raise BackupError(
            "This backup is plain: it is not encrypted, and nothing proves who made it. If you "
            "know that it is yours, restore it with --unauthenticated."
        )


@contextmanager
def opened(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield the archive, decrypted if necessary. This does not authenticate it: see `trust`."""
    if not _is_encrypted(file):
        file.seek(0)
        yield file
        return
    end = file.seek(0, io.SEEK_END) - MAC_BYTES
    body = _Part(file, HEAD_BYTES, end)
    identities = [_identity(key) for key in keys.all_of(Purpose.BACKUP)]
    with _written_by(lambda plain: pyrage.decrypt_io(body, plain, identities)) as plain:
        yield plain


def _is_encrypted(file: IO[bytes]) -> bool:
    file.seek(0)
    return file.read(len(MAGIC)) == MAGIC


def _is_tar(file: IO[bytes]) -> bool:
    file.seek(257)
    return file.read(5) == b"ustar"


def _check(file: IO[bytes]) -> None:
    end = file.seek(0, io.SEEK_END) - MAC_BYTES
    body = _Part(file, 0, end)
    head = body.read(HEAD_BYTES)
    try:
        key = keys.find(Purpose.BACKUP_MAC, head[len(MAGIC) : -1].decode(errors="replace"))
    except KeyMissingError as error:
        raise BackupError(str(error)) from None
    mac = hmac.new(key.secret, head, "sha256")
    while chunk := body.read(CHUNK_BYTES):
        mac.update(chunk)
    file.seek(max(end, 0))
    if not hmac.compare_digest(file.read(), mac.digest()):
        raise DamagedError("it was truncated or changed after it was written")


class _Signed:
    """A file that computes an HMAC of everything written to it."""

    def __init__(self, file: IO[bytes], key: Key) -> None:
        self.file, self.mac = file, hmac.new(key.secret, digestmod="sha256")

    def write(self, data: bytes) -> int:
        self.mac.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


class _Part:
    """Part of a file, for reading."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        self.file, self.left = file, max(end - start, 0)
        file.seek(start)

    def read(self, size: int) -> bytes:
        data = self.file.read(min(size, self.left))
        self.left -= len(data)
        return data


@contextmanager
def _read_by(consume: Callable[[IO[bytes]], Any]) -> Iterator[IO[bytes]]:
    """Yield a file whose content is read by a function in another thread."""
    source, sink = _pipe()
    with ThreadPoolExecutor(1) as thread:
        consumed = thread.submit(_closing, source, consume)
        try:
            with sink:
                yield sink
        finally:
            # An error in the thread breaks the pipe. That error is raised, not the BrokenPipeError.
            consumed.result()


@contextmanager
def _written_by(produce: Callable[[IO[bytes]], Any]) -> Iterator[IO[bytes]]:
    """Yield a file whose content is written by a function in another thread."""
    source, sink = _pipe()
    with ThreadPoolExecutor(1) as thread:
        produced = thread.submit(_closing, sink, produce)
        with source:
            yield source
            while source.read(CHUNK_BYTES):
                pass
        produced.result()


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    source, sink = os.pipe()
    return os.fdopen(source, "rb"), os.fdopen(sink, "wb")


def _closing(file: IO[bytes], use: Callable[[IO[bytes]], Any]) -> None:
    with file:
        use(file)


# Keys are passed to age as SSH keys, since any 32 bytes are an Ed25519 key. A key of age's own type
# would have to be encoded as text in age's format.
def _identity(key: Key) -> Any:
    private = Ed25519PrivateKey.from_private_bytes(key.secret)
    text = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return pyrage.ssh.Identity.from_buffer(text)


def recipient(key: Key) -> Any:
    public = Ed25519PrivateKey.from_private_bytes(key.secret).public_key()
    text = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return pyrage.ssh.Recipient.from_str(text.decode())
