"""Erases rows that earlier releases deleted, but that unused pages of SQLite's file still contain.

Today deletions overwrite their pages (`secure_delete`), so rewriting the file once is enough.
"""

import shutil
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import OperationalError, connection

from accounts.privacy import deletion

# Stored in the file as `PRAGMA user_version`, which nothing else uses.
REWRITTEN: Final = 1
# VACUUM makes a copy of the file, and then writes all pages to the write-ahead log.
COPIES: Final = 2
MEGABYTE: Final = 1_000_000


def erase_deleted_rows() -> str:
    """Rewrite the file once. Return what the operator has to do first, or an empty string."""
    if connection.vendor != "sqlite" or _version() >= REWRITTEN:
        return ""
    path = Path(connection.settings_dict["NAME"])
    if missing := _missing_bytes(path):
        return f"free another {-(-missing // MEGABYTE)} MB on the disk of {path.parent}"
    try:
        _rewrite()
    except OperationalError as error:
        if "locked" in str(error):
            return "stop other programs that have the database open"
        return f"correct what SQLite reports ({error})"
    return ""


def _version() -> int:
    with connection.cursor() as cursor:
        (version,) = cursor.execute("PRAGMA user_version").fetchone()
    return int(version)


def _missing_bytes(path: Path) -> int:
    free = shutil.disk_usage(path.parent).free
    return max(0, COPIES * path.stat().st_size + settings.LEAST_FREE_BYTES - free)


def _rewrite() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute(f"PRAGMA user_version = {REWRITTEN}")
    deletion.truncate_log()
