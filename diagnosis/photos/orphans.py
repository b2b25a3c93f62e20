"""Deletes orphans: files that no row names, for example after a process died before its commit."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from diagnosis.photos import photo_files

logger = logging.getLogger("diagnosis.orphans")

# Far longer than an upload takes from its first file to its commit.
SAFE_AGE = timedelta(days=1)


def remove() -> None:
    """Delete files that no row names. Nobody could see or delete them otherwise."""
    stored = set(stored_files())
    columns = (rows.values_list(field, flat=True) for rows, field in photo_files.columns())
    referenced = {name for names in columns for name in names.iterator()}
    # In a bucket, each file's age takes a request, so it is read only for orphans.
    for name in filter(_is_old, stored - referenced):
        default_storage.delete(name)
        logger.warning("removed a file that no row named")


def stored_files() -> Iterator[str]:
    try:
        folders, _ = default_storage.listdir("")
    except FileNotFoundError:  # before the first photo there is no folder
        return
    for folder in folders:
        for file in default_storage.listdir(folder)[1]:
            yield f"{folder}/{file}"


def _is_old(name: str) -> bool:
    try:
        return default_storage.get_modified_time(name) < timezone.now() - SAFE_AGE
    except FileNotFoundError:  # deleted since the files were listed
        return False
