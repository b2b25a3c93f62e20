"""Photos on disk: written under random names, served by a view only, deleted with their row."""

import hashlib
import io
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image

from ml.images import decode

if TYPE_CHECKING:
    from diagnosis.models import Screening

THUMBNAIL_SIDE = 320


@dataclass(frozen=True)
class CleanPhoto:
    """A photo as we keep it: upright, without metadata, encoded by us."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def clean(upload: BinaryIO) -> CleanPhoto:
    """Decode an upload and encode it anew; the original bytes go no further.

    Raises:
        ml.images.ImageError: the upload is not a usable photo.
    """
    image = decode(upload)
    content = _jpeg(image, quality=92)
    width, height = image.size
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
    return CleanPhoto(content, _jpeg(image, quality=80), width, height)


def _jpeg(image: Image.Image, *, quality: int) -> bytes:
    buffer = io.BytesIO()
    # 4:4:4: colour is what a dermatologist reads, so it is not subsampled.
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def store(content: bytes) -> str:
    """Write the bytes under a random name and return it."""
    name = uuid.uuid4().hex
    return default_storage.save(f"{name[:2]}/{name}.jpg", ContentFile(content))


def delete_after_commit(instance: "Screening", **_: Any) -> None:
    for name in (instance.photo.name, instance.thumbnail.name):
        transaction.on_commit(partial(default_storage.delete, name), robust=True)
