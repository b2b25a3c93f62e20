"""Deletes orphans: files that no row names, for example after a process died before its commit."""

import logging
import random
import time
from collections import defaultdict
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from diagnosis.photos import photo_files

logger = logging.getLogger("diagnosis.orphans")

# Far longer than an upload takes from its first file to its commit.
SAFE_AGE = timedelta(days=1)
# After this many seconds, a run begins no other folder. The task's limit is later, since a large
# folder takes a while itself.
ENOUGH = 60


def remove() -> None:
    """Delete files that no row names. Nobody could see or delete them otherwise.

    A large bucket takes longer than a run. The order of the folders is random, so that later runs
    reach the other folders.
    """
    # Rows are read before the files are listed, so a file must be old when a run starts.
    before, end = timezone.now() - SAFE_AGE, time.monotonic() + ENOUGH
    for initial, folders in _folders_by_initial().items():
        referenced = _referenced(initial)
        for folder in folders:
            if time.monotonic() > end:
                return
            _remove_from(folder, referenced, before)


def _folders_by_initial() -> dict[str, list[str]]:
    """Return all folders in random order, grouped so that the names of a group fit in memory."""
    try:
        folders, _ = default_storage.listdir("")
    except FileNotFoundError:  # before the first photo there is no folder
        return {}
    random.shuffle(folders)
    groups = defaultdict(list)
    for folder in folders:
        groups[folder[:1]].append(folder)
    return groups


def _referenced(initial: str) -> set[str]:
    """Return the files whose names begin like this and that rows name."""
    selected = (
        rows.filter(**{f"{field}__startswith": initial}).values_list(field, flat=True)
        for rows, field in photo_files.columns()
    )
    return {name for names in selected for name in names.iterator()}


def _remove_from(folder: str, referenced: set[str], before: datetime) -> None:
    stored = {f"{folder}/{file}" for file in default_storage.listdir(folder)[1]}
    for name in stored - referenced:
        # In a bucket, each file's age takes a request, so it is read only for orphans.
        if _is_older(name, before):
            default_storage.delete(name)
            logger.warning("removed a file that no row named")


def _is_older(name: str, before: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < before
    except FileNotFoundError:  # deleted since the files were listed
        return False
