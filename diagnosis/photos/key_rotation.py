"""Checks all stored files, or encrypts them with the newest key."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from tqdm import tqdm

from diagnosis.models import Screening
from diagnosis.photos import photo_files
from diagnosis.photos.encryption import DamagedFileError, PhotoKeyError, site_storage

READABLE = "readable"
Act = Callable[[str, QuerySet[Any]], str]


def check_key() -> None:
    """Raise PhotoKeyError if the newest photo's key is not configured."""
    for name in Screening.objects.values_list("photo", flat=True)[:1]:
        site_storage().check_key(name)


def rotate() -> Counter[str]:
    """Encrypt with the newest key all files that are not yet encrypted with it. Count outcomes."""
    return _counted(_reencrypted)


def check() -> Counter[str]:
    """Open all files. Count the outcomes."""
    return _counted(_opened)


def _counted(act: Act) -> Counter[str]:
    counts: Counter[str] = Counter()
    for rows, field in photo_files.columns():
        names = rows.values_list(field, flat=True).iterator()
        for name in tqdm(names, total=rows.count(), desc=field, unit="file", mininterval=1):
            counts[_outcome(act, name, rows.filter(**{field: name}))] += 1
    return counts


def _outcome(act: Act, name: str, row: QuerySet[Any]) -> str:
    try:
        return act(name, row)
    except PhotoKeyError:
        return "with a missing key"
    except FileNotFoundError as error:
        return "damaged" if isinstance(error, DamagedFileError) else "missing"


def _opened(name: str, _: QuerySet[Any]) -> str:
    with default_storage.open(name):
        return READABLE


def _reencrypted(name: str, row: QuerySet[Any]) -> str:
    is_changed = site_storage().reencrypt(name)
    if is_changed and not row.exists():
        # The photo was deleted meanwhile, so its file must not come back.
        default_storage.delete(name)
    return "encrypted" if is_changed else "encrypted before"
