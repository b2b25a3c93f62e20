"""The content of a backup: a tar stream whose last member is a manifest of SHA-256 checksums."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyrage

from diagnosis.operations.backup import envelope
from diagnosis.operations.backup.errors import BackupError, DamagedError

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE, PHOTOS, MODELS = "database", "photos/", "models/"
# The allowed members or folders, and the largest size of a member. Photos and the manifest are held
# in memory.
MOST_BYTES = {DATABASE: 2**40, MANIFEST: 2**29, PHOTOS: 2**26, MODELS: 2**33}

Members = Iterator[tuple[str, IO[bytes]]]


class Writer:
    """Writes files into an archive, and at the end the manifest."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.files: dict[str, str] = {}

    def add(self, name: str, file: IO[bytes]) -> None:
        self.files[name] = _digest(file)
        self._append(name, file)

    def finish(self, **facts: Any) -> None:
        manifest = {"format": FORMAT, **facts, "files": self.files}
        self._append(MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()))

    def _append(self, name: str, file: IO[bytes]) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = file.seek(0, io.SEEK_END), 0o600
        file.seek(0)
        self.tar.addfile(info, file)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a backup. Damage detected in the block becomes a BackupError with the backup's path."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise BackupError(f"There is no file {path}: name a backup.") from None
    except OSError as error:
        raise BackupError(
            f"{path} cannot be read ({error.strerror}): name a backup that this account may read."
        ) from None
    try:
        with file:
            yield file
    except (DamagedError, tarfile.TarError, EOFError, pyrage.DecryptError) as error:
        raise BackupError(
            f"{path} is damaged or not a backup ({error}): name another backup."
        ) from None


@contextmanager
def members(file: IO[bytes]) -> Iterator[Members]:
    """Yield an iterator over a backup's files, as name and content. Names and sizes are checked."""
    with (
        envelope.opened(file) as inside,
        tarfile.open(fileobj=inside, mode="r|") as tar,
    ):
        yield _members(tar)


def checked(file: IO[bytes]) -> dict[str, Any]:
    """Return the manifest after checking that no file is missing, added or changed."""
    digests: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    with members(file) as entries:
        for name, content in entries:
            if name in digests or manifest:
                raise DamagedError(f"{name} occurs twice, or after the manifest")
            if name == MANIFEST:
                manifest = _manifest(content.read())
            else:
                digests[name] = _digest(content)
    for name, _ in sorted(digests.items() ^ manifest.get("files", {}).items()):
        raise DamagedError(f"{name} was changed, is missing, or is not in the manifest")
    if DATABASE not in digests:
        raise DamagedError("it contains no database")
    return manifest


def _members(tar: tarfile.TarFile) -> Members:
    for member in tar:
        _check(member)
        content = tar.extractfile(member)
        assert content  # it is a regular file
        yield member.name, content


def _manifest(data: bytes) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(data)
        format_number, _ = manifest["format"], {**manifest["files"]}
    except (KeyError, TypeError, ValueError, RecursionError):
        raise DamagedError("its manifest cannot be read") from None
    if format_number != FORMAT:
        raise BackupError(
            f"This backup has format {format_number}, and this SkinScreen reads format {FORMAT}: "
            "restore the backup with the version of SkinScreen that made it."
        )
    return manifest


def _check(member: tarfile.TarInfo) -> None:
    """Refuse everything except a regular file of an allowed name and size."""
    folder = next((prefix for prefix in MOST_BYTES if _is_in(prefix, member.name)), None)
    if folder is None:
        raise DamagedError(f"{member.name!r} is not the name of a file in a backup")
    # A sparse file may state any length.
    if not member.isreg() or member.issparse():
        raise DamagedError(f"{member.name} is not a regular file")
    if member.size > MOST_BYTES[folder]:
        raise DamagedError(f"{member.name} is too large")


def _is_in(folder: str, name: str) -> bool:
    if not folder.endswith("/"):
        return name == folder
    # Empty parts are refused, too: after an empty first part, pathlib sees an absolute path.
    parts = name.removeprefix(folder).split("/")
    return name.startswith(folder) and all(map(_is_plain, parts))


def _is_plain(part: str) -> bool:
    return part not in {"", ".", ".."} and not {*part} & {"\\", "\0"}


def _digest(file: IO[bytes]) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
