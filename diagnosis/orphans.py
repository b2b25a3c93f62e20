"""Photos that no row knows: what a process leaves that dies between file and commit."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from diagnosis import photos

logger = logging.getLogger(__name__)

# Far longer than a submission takes from its first file to its commit.
SAFE_AGE = timedelta(days=1)


def remove() -> None:
    """Delete the files of no row: nobody could see them, and nobody could delete them."""
    found = list(_old_files())
    columns = (rows.values_list(field, flat=True) for rows, field in photos.columns())
    known = {name for names in columns for name in names.iterator()}
    for name in found:
        if name not in known:
            default_storage.delete(name)
            logger.warning("removed a photo that belonged to no screening")


def _old_files() -> Iterator[str]:
    newest = timezone.now() - SAFE_AGE
    try:
        folders, _ = default_storage.listdir("")
    except FileNotFoundError:  # before the first photo there is no folder
        return
    for folder in folders:
        for file in default_storage.listdir(folder)[1]:
            name = f"{folder}/{file}"
            if default_storage.get_modified_time(name) < newest:
                yield name
