"""Writes a backup, a single file with database, photos and models, while the site runs."""

import fcntl
import io
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pyrage
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from tqdm import tqdm

from accounts.models import User
from diagnosis.operations.backup import archive, envelope, snapshot
from diagnosis.operations.backup.errors import BackupError
from diagnosis.photos.encryption import key_id, site_storage
from diagnosis.photos.photo_files import columns
from skinscreen import keys
from skinscreen.keys import Purpose
from skinscreen.run import scratch

DRAFT = ".backup-part"


def write(path: Path, *, is_plain: bool = False) -> int:
    """Write a backup, and return the number of its files. An error leaves no incomplete file.

    The database is copied first, then the files that its rows name. The site stores a photo before
    its row, so every row in the copy has its photo, unless the photo was deleted meanwhile. Photos
    and accounts that are deleted during the backup are listed in the manifest, and a restore
    deletes them again.
    """
    if path.exists():
        raise BackupError(f"{path} exists already: name a new file.")
    if not is_plain and not keys.is_configured():
        raise BackupError(
            "There is no lasting key to encrypt the backup with: set SKINSCREEN_ROOT_KEYS, or use "
            "--plain for a backup that anybody with the file can read and change."
        )
    try:
        with (
            _draft(path) as file,
            _inside(file, is_plain=is_plain) as inside,
            tarfile.open(fileobj=inside, mode="w|") as tar,
        ):
            writer = archive.Writer(tar)
            _fill(writer)
    except (OSError, sqlite3.Error, pyrage.EncryptError) as error:
        raise BackupError(f"{path} cannot be written: {error}.") from error
    return len(writer.files)


def _inside(file: IO[bytes], *, is_plain: bool) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(file) if is_plain else envelope.encrypted(file)


@contextmanager
def _draft(path: Path) -> Iterator[IO[bytes]]:
    """Yield a draft that becomes `path` when it is complete, and is deleted otherwise."""
    _remove_drafts(path.parent)
    draft = path.with_name(f".{path.name}{DRAFT}")
    draft.touch(mode=0o600, exist_ok=False)
    try:
        with draft.open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _remove_drafts(folder: Path) -> None:
    """Remove the drafts of killed backups. Nobody holds a lock on them."""
    for draft in folder.glob(f".*{DRAFT}"):
        with draft.open("rb") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()


def _fill(writer: archive.Writer) -> None:
    with scratch.folder("backup") as folder:
        dump = folder / "database"
        with snapshot.dumped(dump) as rows:
            names, accounts = list(dict.fromkeys(_names(rows))), _accounts(rows)
        with dump.open("rb") as file:
            writer.add(archive.DATABASE, file)
    photo_keys: set[str] = set()
    for name in tqdm(names, unit="file"):
        add_photo(writer, name, photo_keys)
    for model in sorted(settings.MODELS_ROOT.rglob("*")):
        if model.is_file():
            with model.open("rb") as file:
                writer.add(archive.MODELS + str(model.relative_to(settings.MODELS_ROOT)), file)
    writer.finish(
        made_at=datetime.now(UTC).isoformat(),
        database=connection.vendor,
        migrations=sorted(map(".".join, MigrationRecorder(connection).applied_migrations())),
        root_key=keys.newest(Purpose.BACKUP_MAC).id,
        photo_keys=sorted(photo_keys),
        withdrawn=sorted({*names} - _names_now()),
        erased_accounts=sorted(accounts - {*User.objects.values_list("pk", flat=True)}),
    )


def _names(query: snapshot.Rows) -> Iterator[str]:
    quoted = connection.ops.quote_name
    for model, field in ((rows.model, field) for rows, field in columns()):
        column = quoted(str(model._meta.get_field(field).column))
        table = quoted(model._meta.db_table)
        for (name,) in query(f"SELECT {column} FROM {table} WHERE {column} <> ''"):  # noqa: S608
            yield name


def _accounts(rows: snapshot.Rows) -> set[int]:
    table = connection.ops.quote_name(User._meta.db_table)
    return {pk for (pk,) in rows(f"SELECT id FROM {table}")}  # noqa: S608


def add_photo(writer: archive.Writer, name: str, photo_keys: set[str]) -> None:
    """Add a file as it is stored, encrypted or not, and its key's id, if it still exists."""
    try:
        with site_storage().inner.open(name, "rb") as file:
            stored = file.read()
    except FileNotFoundError:
        return
    writer.add(archive.PHOTOS + name, io.BytesIO(stored))
    photo_keys |= {*filter(None, [key_id(stored)])}


def _names_now() -> set[str]:
    return {name for rows, field in columns() for name in rows.values_list(field, flat=True)}
