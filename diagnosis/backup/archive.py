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
    names = {member.name for member in tar.getmembers()} - {MANIFEST}
    for name in sorted(names ^ manifest["files"].keys()):
        raise tarfile.TarError(f"{name} is missing, or nowhere in the manifest")
    if any(".." in name.split("/") or name.startswith("/") for name in names):
        raise tarfile.TarError("a name in it leads elsewhere")
    for name, digest in manifest["files"].items():
        if hashlib.file_digest(_content(tar, name), "sha256").hexdigest() != digest:  # type: ignore[arg-type]
            raise tarfile.TarError(f"{name} was changed")
    return manifest


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
