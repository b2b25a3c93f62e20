"""Stored files of photos: written under random names, and deleted with their rows."""

import logging
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import FileField, Model, QuerySet
from PIL import Image, ImageDraw

from diagnosis.decoder.cleaning import CleanPhoto, to_jpeg
from diagnosis.models import Screening
from diagnosis.photos.folder import FolderAwayError, is_away
from diagnosis.photos.outages import OutageError, has_lost_connection

logger = logging.getLogger("diagnosis.photos")

# File extensions of columns whose files are not JPEGs.
ENDINGS = {"views": "views"}


def outlined(image: Image.Image, points: list[list[float]]) -> bytes:
    """Return the image as a JPEG, with a line through points (x and y as shares of its sides)."""
    line = [(x * image.width, y * image.height) for x, y in points]
    pen = ImageDraw.Draw(image)
    for colour, width in (("black", 5), ("white", 2)):
        pen.line(line, fill=colour, width=width, joint="curve")
    return to_jpeg(image, quality=80)


def stored_as(name: str, content: bytes) -> AbstractContextManager[None]:
    """Write a file, if there is content. If the block fails, remove it as `stored` does."""
    return _written({name: content} if content else {})


@contextmanager
def stored(photo: CleanPhoto) -> Iterator[dict[str, str]]:
    """Write a photo and its renditions. Yield each file's name by its column.

    If the block fails, the files are removed, unless their row may have been stored nevertheless.
    """
    contents = {"photo": photo.content, "thumbnail": photo.thumbnail}
    with stored_under_columns(contents | asdict(photo.renditions)) as names:
        # The renditions can be made again.
        for column in contents:
            _sync(names[column])
        yield names


def _sync(name: str) -> None:
    """Have a file and its folder's entry written to disk.

    Otherwise a power cut could leave an empty file beside a row that is already on disk.
    """
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:  # an object store keeps what it has accepted
        return
    for written in (path, path.parent):
        descriptor = os.open(written, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def stored_under_columns(contents: dict[str, bytes]) -> Iterator[dict[str, str]]:
    """Write a file for each column with content. Yield the names by column, as `stored` does."""
    names = {
        column: random_name(ENDINGS.get(column, "jpg")) if content else ""
        for column, content in contents.items()
    }
    with _written({names[column]: content for column, content in contents.items() if content}):
        yield names


@contextmanager
def _written(files: dict[str, bytes]) -> Iterator[None]:
    if files:
        _check_folder()
    saved: list[str] = []
    try:
        for name, content in files.items():
            default_storage.save(name, ContentFile(content))
            saved.append(name)
        yield
    except OutageError:
        # Only complete files are removed, since each request to an unavailable store takes its
        # whole timeout.
        _remove(saved)
        raise
    except BaseException as error:  # including a task's time limit
        if has_lost_connection(error):
            # If a row names them after all, they are needed. If not, `orphans` removes them.
            logger.warning("files stay for a day, since their row may have been stored: %s", error)
        else:
            _remove(files)
        raise


def _check_folder() -> None:
    """Raise FolderAwayError if the folder of the stored photos is not mounted.

    A file written there would be hidden by the mount. It would also keep the folder from being
    empty, so that all other photos would count as lost.
    """
    try:
        folder = Path(default_storage.path(""))
    except NotImplementedError:  # a missing bucket accepts no files
        return
    if is_away(folder) and Screening.objects.exists():
        raise FolderAwayError(folder)


def _remove(names: Iterable[str]) -> None:
    try:
        for name in names:
            default_storage.delete(name)
    except OutageError as outage:
        # No row names them any more, so `orphans` removes them.
        logger.warning("files that no row names stay for a day: %s", outage)


def random_name(ending: str = "jpg") -> str:
    name = uuid.uuid4().hex
    return f"{name[:2]}/{name}.{ending}"


def columns() -> Iterator[tuple[QuerySet[Any], str]]:
    """Yield every column of files, with the rows in which it is not empty."""
    for model in apps.get_models():
        for field in _file_fields(model):
            yield model._default_manager.exclude(**{field: ""}), field


def remove_after_commit(names: Iterable[str]) -> None:
    transaction.on_commit(lambda: _remove(names), robust=True)


def delete_after_commit(instance: Model, **_: Any) -> None:
    names = list(filter(None, (getattr(instance, field).name for field in _file_fields(instance))))
    remove_after_commit(names)


def _file_fields(model: type[Model] | Model) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if isinstance(field, FileField)]
