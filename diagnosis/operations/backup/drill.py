"""The restore drill: restores a backup in isolation from the site, and checks it."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.utils import ConnectionHandler

from diagnosis.operations.backup import snapshot
from diagnosis.operations.backup.errors import BackupError
from skinscreen.run import scratch

CHECKS = ("verify_audit", "verify_photos")


def rehearse(path: Path, *, is_plain_accepted: bool = False) -> Path:
    """Restore a backup into an empty place, check the copy, then delete it.

    `path` is the backup, or a folder whose newest backup is restored. Return the backup's path.
    """
    backup = _newest(path) if path.is_dir() else path
    flags = ["--unauthenticated"] if is_plain_accepted else []
    with scratch.folder("drill") as home:
        environment = _environment(home)
        _run(environment, "restore", str(backup.resolve()), *flags)
        try:
            for check in CHECKS:
                _run(environment, check)
        finally:
            _empty()
    return backup


def _newest(folder: Path) -> Path:
    backup = max(folder.glob("*.backup"), key=lambda path: path.stat().st_mtime, default=None)
    if not backup:
        raise BackupError(f"There is no backup in {folder}, that is, no file *.backup.")
    return backup


def _environment(home: Path) -> dict[str, str]:
    """Return an environment with the site's keys, but without mail server, broker and bucket."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        # No `.env` file, since it may configure these services.
        "SKINSCREEN_DOTENV": "",
        "SKINSCREEN_ENV": "local",
        "SKINSCREEN_HOME": str(home),
        "DATABASE_URL": _database(),
        "SKINSCREEN_SECRET_KEY": settings.SECRET_KEY,
        "SKINSCREEN_ROOT_KEYS": ",".join(settings.ROOT_KEYS),
        "SKINSCREEN_PHOTO_KEYS": settings.PHOTO_KEYS,
    }


def _database() -> str:
    """Return the URL of the drill's database, or "" for SQLite (a file in the drill's home)."""
    if connection.vendor == "sqlite":
        return ""
    if not settings.DRILL_DATABASE_URL:
        raise BackupError(
            "SKINSCREEN_DRILL_DATABASE_URL is missing: set it to an empty PostgreSQL database that "
            "is used for drills only."
        )
    return str(settings.DRILL_DATABASE_URL)


def _run(environment: dict[str, str], *words: str) -> None:
    ended = subprocess.run(  # noqa: S603 - the words are ours
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        output = ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"]
        raise BackupError(f"The drill failed at {words[0]}: {output[-1]}")


def _empty() -> None:
    """Empty the drill's database again. An SQLite file is deleted with its folder."""
    if connection.vendor == "sqlite":
        return
    target = ConnectionHandler({"default": settings.DRILL_DATABASE})["default"]
    try:
        snapshot.clear(target)
    finally:
        target.close()
