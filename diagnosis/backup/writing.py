"""One file with the database, photos and models, taken while the site goes on."""

import io
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from tqdm import tqdm

from accounts.models import User
from diagnosis.backup import archive, snapshot
from diagnosis.photos import columns
from diagnosis.sealing import SealedStorage, key_id


def write(path: Path) -> int:
    """Write a backup, and return how many files it holds; what was half written is removed.

    The database comes first and then the files that its rows name: a photo is written before its
    row, so none of them is without. Whoever deletes a photo, or an account, before the end has
    deleted it: it is named in the manifest, and its row is not restored.
    """
    if path.exists():
        raise archive.BackupError(f"{path} is there already: name a file that is not.")
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.touch(mode=0o600)
        with draft.open("wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            writer = archive.Writer(tar)
            _fill(writer)
        _settle(draft, path)
    except (OSError, sqlite3.Error) as error:
        raise archive.BackupError(f"{path} cannot be written: {error}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return len(writer.files)


def _settle(draft: Path, path: Path) -> None:
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def _fill(writer: archive.Writer) -> None:
    with TemporaryDirectory(dir=settings.HOME, prefix="backup-") as folder:
        dump = Path(folder) / "database"
        with snapshot.dumped(dump) as rows:
            names, accounts = list(_names(rows)), _accounts(rows)
        with dump.open("rb") as file:
            writer.add(archive.DATABASE, file)
    keys: set[str] = set()
    for name in tqdm(names, unit="file"):
        _add_photo(writer, name, keys)
    for model in sorted(settings.MODELS_ROOT.rglob("*")):
        if model.is_file():
            with model.open("rb") as file:
                writer.add(archive.MODELS + str(model.relative_to(settings.MODELS_ROOT)), file)
    writer.finish(
        made_at=datetime.now(UTC).isoformat(),
        database=connection.vendor,
        migrations=sorted(map(".".join, MigrationRecorder(connection).applied_migrations())),
        photo_keys=sorted(keys),
        withdrawn=sorted({*names} - _names_now()),
        erased_accounts=sorted(accounts - {*User.objects.values_list("pk", flat=True)}),
    )


def _names(rows: snapshot.Rows) -> Iterator[str]:
    quoted = connection.ops.quote_name
    for model, field in ((one.model, field) for one, field in columns()):
        column = quoted(str(model._meta.get_field(field).column))
        table = quoted(model._meta.db_table)
        for (name,) in rows(f"SELECT {column} FROM {table} WHERE {column} <> ''"):  # noqa: S608
            yield name


def _accounts(rows: snapshot.Rows) -> set[int]:
    table = connection.ops.quote_name(User._meta.db_table)
    return {pk for (pk,) in rows(f"SELECT id FROM {table}")}  # noqa: S608


def _add_photo(writer: archive.Writer, name: str, keys: set[str]) -> None:
    """Add a file as it is stored, encrypted where it is, if it is there still."""
    try:
        with cast("SealedStorage", default_storage).inner.open(name, "rb") as file:
            stored = file.read()
    except FileNotFoundError:
        return
    writer.add(archive.PHOTOS + name, io.BytesIO(stored))
    keys |= {*filter(None, [key_id(stored)])}


def _names_now() -> set[str]:
    return {name for rows, field in columns() for name in rows.values_list(field, flat=True)}
