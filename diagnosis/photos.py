"""Photos on disk: written under random names, served by a view only, deleted with their row."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import FileField, Model, QuerySet
from PIL import Image, ImageDraw

from diagnosis.cleaning import CleanPhoto, to_jpeg

QUALITIES = (80, 60, 40, 20, 1)


def scaled(photo: IO[bytes], side: int, most_bytes: int) -> bytes:
    """Return a stored photo as a smaller JPEG, coarser where it would be too large."""
    with Image.open(photo) as image:
        image.thumbnail((side, side), reducing_gap=2.0)
        for quality in QUALITIES:
            jpeg = to_jpeg(image, quality=quality)
            if len(jpeg) <= most_bytes:
                break
        return jpeg


def outlined(photo: IO[bytes], points: list[list[float]]) -> bytes:
    """Return a stored photo as a JPEG with a line through points, in shares of its sides."""
    with Image.open(photo) as image:
        line = [(x * image.width, y * image.height) for x, y in points]
        pen = ImageDraw.Draw(image)
        for colour, width in (("black", 5), ("white", 2)):
            pen.line(line, fill=colour, width=width, joint="curve")
        return to_jpeg(image, quality=80)


@contextmanager
def stored_as(name: str, content: bytes) -> Iterator[None]:
    """Write a file, if there is content for it; if the block fails, take it away again."""
    if not content:
        yield
        return
    try:
        default_storage.save(name, ContentFile(content))
        yield
    except BaseException:
        default_storage.delete(name)
        raise


@contextmanager
def stored(photo: CleanPhoto) -> Iterator[tuple[str, str]]:
    """Write photo and thumbnail under random names; if the block fails, take them away again."""
    names = (random_name(), random_name())
    try:
        for name, content in zip(names, (photo.content, photo.thumbnail), strict=True):
            default_storage.save(name, ContentFile(content))
        yield names
    except BaseException:
        for name in names:
            default_storage.delete(name)
        raise


def random_name(ending: str = "jpg") -> str:
    name = uuid.uuid4().hex
    return f"{name[:2]}/{name}.{ending}"


def columns() -> Iterator[tuple[QuerySet[Any], str]]:
    """Yield every column that names stored files, with the rows that have one."""
    for model in apps.get_models():
        for field in _file_fields(model):
            yield model._default_manager.exclude(**{field: ""}), field


def delete_after_commit(instance: Model, **_: Any) -> None:
    for name in filter(None, (getattr(instance, field).name for field in _file_fields(instance))):
        transaction.on_commit(partial(default_storage.delete, name), robust=True)


def _file_fields(model: type[Model] | Model) -> list[str]:
    return [one.name for one in model._meta.concrete_fields if isinstance(one, FileField)]
