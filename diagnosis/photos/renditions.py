"""Renditions of a stored photo. They are made at upload, or on use if missing or outdated."""

import io
import logging
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from typing import IO

from django.core.files.storage import default_storage
from django.db import transaction

from diagnosis.decoder import cleaning
from diagnosis.decoder.cleaning import Renditions
from diagnosis.models import Screening
from diagnosis.photos import photo_decoder, photo_files
from diagnosis.photos.outages import OutageError
from ml.preprocessing.views import OutdatedViewsError, Views

logger = logging.getLogger("diagnosis.renditions")


class _ChangedError(Exception):
    """The photo was deleted meanwhile, or another process has stored its renditions."""


def views_of(screening: Screening) -> Views:
    """Return the networks' views of a photo, for classifying and measuring it.

    Raises:
        FileNotFoundError: the photo is lost.
        ml.preprocessing.images.ImageError: the photo cannot be decoded.
    """
    if screening.views:
        with suppress(FileNotFoundError, OutdatedViewsError):
            return _opened(str(screening.views))
    return Views.from_bytes(_remade(screening).views)


# A photo is measured right after it is classified, by the same worker, from the same views.
@lru_cache(maxsize=1)
def _opened(name: str) -> Views:
    with default_storage.open(name) as kept:
        return Views.from_bytes(kept.read())


def forget_views() -> None:
    """Drop the decrypted views. They are kept only within a task, which classifies and measures."""
    _opened.cache_clear()


def open_page(screening: Screening) -> IO[bytes]:
    """Open the JPEG that pages show: the photo itself if it is small enough.

    Raises: as `views_of`.
    """
    if not cleaning.needs_page(screening.width, screening.height):
        return screening.photo.open("rb")
    if screening.page:
        with suppress(FileNotFoundError):
            return screening.page.open("rb")
    return io.BytesIO(_remade(screening).page)


def _remade(screening: Screening) -> Renditions:
    with screening.photo.open("rb") as photo:
        renditions = photo_decoder.render(photo)
    # If the renditions cannot be stored, they are used now, and made again next time.
    with suppress(_ChangedError):
        try:
            _keep(screening, renditions)
        except (OutageError, OSError) as error:
            logger.warning("screening %s: its renditions are not kept: %s", screening.pk, error)
    return renditions


def _keep(screening: Screening, renditions: Renditions) -> None:
    """Store renditions in place of the files that the row names, unless the row has changed."""
    before = {"page": str(screening.page), "views": str(screening.views)}
    row = Screening.objects.filter(pk=screening.pk, **before)
    with photo_files.stored_under_columns(asdict(renditions)) as names, transaction.atomic():
        if not row.update(**names):
            raise _ChangedError
        photo_files.remove_after_commit([name for name in before.values() if name])
    for column, name in names.items():
        setattr(screening, column, name)
