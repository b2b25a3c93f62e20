"""A backup, put into an empty place."""

import shutil
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q

from accounts.models import User
from diagnosis.backup import archive, snapshot
from diagnosis.backup.archive import BackupError
from diagnosis.erasing import erase
from diagnosis.models import Screening
from diagnosis.photos import columns
from diagnosis.sealing import SealedStorage


def restore(path: Path) -> dict[str, Any]:
    """Fill an empty place from a backup, bring it up to date, and return the manifest.

    Nothing is written before everything is checked; the database comes last.
    """
    with archive.reading(path) as tar:
        manifest = archive.checked(tar)
        _check_schema(manifest)
        _check_empty()
        _write_files(tar)
        with TemporaryDirectory(dir=settings.HOME, prefix="restore-") as folder:
            dump = Path(folder) / "database"
            with dump.open("wb") as file:
                shutil.copyfileobj(cast("IO[bytes]", tar.extractfile(archive.DATABASE)), file)
            snapshot.load(dump)
    call_command("migrate", verbosity=0, interactive=False)
    # Backups from before do not name accounts.
    _withdraw(manifest["withdrawn"], manifest.get("erased_accounts", []))
    return manifest


def _withdraw(names: list[str], accounts: list[int]) -> None:
    """Delete what its owner deleted while the backup was made."""
    User.objects.filter(pk__in=accounts).delete()
    photos = Screening.objects.filter(Q(photo__in=names) | Q(thumbnail__in=names))
    for screening in photos:
        erase(screening, during="backup")
    for rows, field in columns():
        rows.filter(**{f"{field}__in": names}).delete()


def _check_schema(manifest: dict[str, Any]) -> None:
    if manifest["database"] != connection.vendor:
        raise BackupError(
            f"The backup is of {manifest['database']} and DATABASE_URL names {connection.vendor}: "
            "restore it into a database of its kind."
        )
    known = set(map(".".join, MigrationLoader(None).disk_migrations))
    for unknown in sorted({*manifest["migrations"]} - known):
        raise BackupError(
            f"The backup is of a newer SkinScreen, which knows {unknown}: install that one first."
        )


def _check_empty() -> None:
    places = {
        "The database": snapshot.is_empty(),
        "The place for photos": not _has_photos(),
        str(settings.MODELS_ROOT): not any(settings.MODELS_ROOT.glob("*")),
    }
    for place, is_empty in places.items():
        if not is_empty:
            raise BackupError(
                f"{place} is not empty: restore into a new SKINSCREEN_HOME, and a new database."
            )


def _has_photos() -> bool:
    try:
        return any(default_storage.listdir(""))
    except FileNotFoundError:  # before the first photo there is no folder
        return False


def _write_files(tar: tarfile.TarFile) -> None:
    inner = cast("SealedStorage", default_storage).inner
    for name, content in archive.contents(tar, archive.PHOTOS):
        inner.save(name, File(content))
    for name, content in archive.contents(tar, archive.MODELS):
        path = settings.MODELS_ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
