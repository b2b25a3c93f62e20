"""A backup's file: a tar whose last member is a manifest with everything's SHA-256."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE, PHOTOS, MODELS = "database", "photos/", "models/"
# What a member may be called, and its largest size: photos and the manifest are held in memory.
MOST_BYTES = {DATABASE: 2**40, MANIFEST: 2**29, PHOTOS: 2**26, MODELS: 2**33}


class BackupError(Exception):
    """Something that a backup or a restore cannot go on with; the text says what to do."""


class Writer:
    """Adds files to an archive, and then the manifest."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.files: dict[str, str] = {}

    def add(self, name: str, file: IO[bytes]) -> None:
        self.files[name] = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
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
def reading(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise BackupError(f"There is no file {path}: name a backup.") from None
    except OSError as error:
        raise BackupError(
            f"{path} cannot be read ({error.strerror}): name a backup that this account may read."
        ) from None
    try:
        with file, tarfile.open(fileobj=file, mode="r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{path} is damaged, or no backup ({error}): take another one.") from None


def checked(tar: tarfile.TarFile) -> dict[str, Any]:
    """Return the manifest of an archive in which nothing is missing, added or changed."""
    try:
        manifest: dict[str, Any] = json.loads(_content(tar, MANIFEST).read())
        known = manifest["format"]
    except (KeyError, TypeError, ValueError):
        raise tarfile.TarError("it has no manifest") from None
    if known != FORMAT:
        raise BackupError(
            f"This is a backup of format {known}, and here format {FORMAT} is known: "
            "restore it with the version of SkinScreen that made it."
        )
    members = tar.getmembers()
    for member in members:
        check_member(member)
    names = [member.name for member in members if member.name != MANIFEST]
    if sorted(names) != sorted(manifest["files"]):
        raise tarfile.TarError("its files are not those of its manifest, each of them once")
    for name, digest in manifest["files"].items():
        if hashlib.file_digest(_content(tar, name), "sha256").hexdigest() != digest:  # type: ignore[arg-type]
            raise tarfile.TarError(f"{name} was changed")
    return manifest


def check_member(member: tarfile.TarInfo) -> None:
    """Raise TarError for whatever is not a plain file of a usual size inside one of our folders."""
    folder = next((one for one in MOST_BYTES if _is_in(one, member.name)), None)
    if folder is None:
        raise tarfile.TarError(f"{member.name!r} leads elsewhere")
    # A sparse file says that it is as long as it likes.
    if not member.isreg() or member.issparse():
        raise tarfile.TarError(f"{member.name} is no regular file")
    if member.size > MOST_BYTES[folder]:
        raise tarfile.TarError(f"{member.name} is too large")


def _is_in(folder: str, name: str) -> bool:
    if not folder.endswith("/"):
        return name == folder
    # An empty part makes the rest absolute: pathlib drops what stands before it.
    parts = name.removeprefix(folder).split("/")
    return name.startswith(folder) and all(map(_is_plain, parts))


def _is_plain(part: str) -> bool:
    return part not in {"", ".", ".."} and not {*part} & {"\\", "\0"}


def contents(tar: tarfile.TarFile, folder: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the files in one of the archive's folders, with their names in it."""
    for member in tar.getmembers():
        if member.name.startswith(folder):
            yield member.name.removeprefix(folder), _content(tar, member.name)


def _content(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    file = tar.extractfile(name)
    if file is None:
        raise tarfile.TarError(f"{name} is no file")
    return file
