"""Restores a backup into an empty site."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q

from accounts.models import User, WaitingMail
from diagnosis.models import Screening
from diagnosis.operations.backup import archive, envelope, snapshot
from diagnosis.operations.backup.errors import BackupError, DamagedError
from diagnosis.photos.encryption import site_storage
from diagnosis.photos.outages import OutageError
from diagnosis.photos.photo_files import columns
from diagnosis.privacy.deletion import delete_screening
from skinscreen.run import scratch


def restore(path: Path, *, is_plain_accepted: bool = False) -> dict[str, Any]:
    """Restore a backup, migrate the database, and return the manifest.

    Database, photos and models must be empty. Everything is checked before anything is written. A
    failure leaves nothing behind.
    """
    with archive.opened(path) as file:
        envelope.trust(file, is_plain_accepted=is_plain_accepted)
        manifest = archive.checked(file)
        _check_schema(manifest)
        _check_empty()
        with _all_or_nothing() as photos, scratch.folder("restore") as folder:
            write_files(file, folder / archive.DATABASE, photos)
            snapshot.load(folder / archive.DATABASE)
            call_command("migrate", verbosity=0, interactive=False)
            # Older backups do not list deleted accounts.
            withdraw(manifest["withdrawn"], manifest.get("erased_accounts", []))
            _forget_what_has_ended()
    return manifest


@contextmanager
def _all_or_nothing() -> Iterator[list[str]]:
    """Yield a list to collect the names of written photos. If the block fails, undo everything."""
    photos: list[str] = []
    with ExitStack() as undo:
        undo.callback(remove_photos, photos)
        undo.callback(_remove_models)
        undo.callback(snapshot.clear)
        try:
            yield photos
        except (OSError, OutageError, sqlite3.Error) as error:
            raise BackupError(
                f"The restore failed and left nothing. Remove the cause, and try again: {error}"
            ) from error
        undo.pop_all()


def remove_photos(names: list[str]) -> None:
    inner = site_storage().inner
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    # A folder is deleted after its content. "." is the storage's root.
    for name in [*names, *sorted(folders - {"."}, reverse=True)]:
        inner.delete(name)


def _remove_models() -> None:
    for model in settings.MODELS_ROOT.glob("*"):
        shutil.rmtree(model) if model.is_dir() else model.unlink()


def withdraw(names: list[str], accounts: list[int]) -> None:
    """Delete the photos and accounts that were deleted while the backup was being made."""
    User.objects.filter(pk__in=accounts).delete()
    photos = Screening.objects.filter(Q(photo__in=names) | Q(thumbnail__in=names))
    for screening in photos:
        delete_screening(screening, during="backup")
    # Missing renditions are made again from the photo when they are needed.
    for field in ("page", "views"):
        Screening.objects.filter(**{f"{field}__in": names}).update(**{field: ""})
    for rows, field in columns():
        rows.filter(**{f"{field}__in": names}).delete()


def _forget_what_has_ended() -> None:
    """Delete all sessions and waiting mails: since the backup, they may have ended or been sent."""
    Session.objects.all().delete()
    UserSession.objects.all().delete()
    WaitingMail.objects.all().delete()


def _check_schema(manifest: dict[str, Any]) -> None:
    if manifest["database"] != connection.vendor:
        raise BackupError(
            f"The backup contains a database of {manifest['database']}, but DATABASE_URL names "
            f"{connection.vendor}: restore it into {manifest['database']}."
        )
    migrations = set(map(".".join, MigrationLoader(None).disk_migrations))
    for unknown in sorted({*manifest["migrations"]} - migrations):
        raise BackupError(
            f"The backup was made by a newer SkinScreen, with the migration {unknown}: install "
            "that version first."
        )


def _check_empty() -> None:
    places = {
        "The database": snapshot.is_empty(),
        "The place for photos": not has_photos(),
        str(settings.MODELS_ROOT): not any(settings.MODELS_ROOT.glob("*")),
    }
    for place, is_empty in places.items():
        if not is_empty:
            raise BackupError(
                f"{place} is not empty: restore into a new SKINSCREEN_HOME, and a new database."
            )


def has_photos() -> bool:
    try:
        return any(site_storage().listdir(""))
    except FileNotFoundError:  # before the first photo there is no folder
        return False


def write_files(file: IO[bytes], dump: Path, photos: list[str]) -> None:
    with archive.members(file) as members:
        for name, content in members:
            if name.startswith(archive.PHOTOS):
                photos.append(name.removeprefix(archive.PHOTOS))
                write_photo(photos[-1], content)
            elif name.startswith(archive.MODELS):
                write_file(settings.MODELS_ROOT / name.removeprefix(archive.MODELS), content)
            elif name == archive.DATABASE:
                write_file(dump, content)


def write_photo(name: str, content: IO[bytes]) -> None:
    """Write a photo as it was stored, encrypted or not."""
    inner = site_storage().inner
    if inner.save(name, ContentFile(content.read())) != name:
        raise DamagedError(f"{name} cannot be stored under its name")


def write_file(path: Path, content: IO[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file)
