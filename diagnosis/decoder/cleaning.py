"""Turns an upload into a JPEG of our own and its renditions.

Knows no Django.
"""

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from ml.preprocessing.file_size import MAX_BYTES
from ml.preprocessing.images import ImageError, ImageFault, decode, decode_with_tables
from ml.preprocessing.jpeg_tables import JpegTables
from ml.preprocessing.views import Views

if TYPE_CHECKING:
    from _typeshed import SupportsRead

THUMBNAIL_SIDE, PAGE_SIDE, REPORT_SIDE = 320, 1280, 1200
QUALITY = 92


@dataclass(frozen=True)
class Renditions:
    """What networks and pages use in place of a photo, so that it is decoded only once."""

    page: bytes = b""  # a JPEG for pages; empty if the photo itself is no larger
    views: bytes = b""  # see `ml.preprocessing.views`


# Left, top, right and bottom, in pixels.
Frame = tuple[int, int, int, int]


@dataclass(frozen=True)
class CleanPhoto:
    """A photo as we store it: upright, without metadata, encoded by us."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int
    renditions: Renditions = Renditions()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def clean(upload: "SupportsRead[bytes]", frame: Frame | None = None) -> CleanPhoto:
    """Decode an upload, or a frame of it, and encode it again.

    The original bytes go no further.

    Raises:
        ml.preprocessing.images.ImageError: the upload is not a usable photo.
    """
    image, tables = decode_with_tables(upload)
    if frame:
        image, tables = image.crop(frame), None
    width, height = image.size
    content = kept(image, tables)
    small = _page_size(image)
    renditions = _renditions(image, small)
    # In place: the image is not used after this.
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
    return CleanPhoto(content, to_jpeg(small, quality=80), width, height, renditions)


def render(stored: "SupportsRead[bytes]") -> Renditions:
    """Make the renditions of one of our own JPEGs that are missing or of another version.

    Raises:
        ml.preprocessing.images.ImageError: it cannot be decoded.
    """
    image = decode(stored)
    return _renditions(image, _page_size(image))


def _renditions(image: Image.Image, small: Image.Image) -> Renditions:
    page = b"" if small is image else to_jpeg(small, quality=85)
    return Renditions(page, Views.of(image).to_bytes())


def _page_size(image: Image.Image) -> Image.Image:
    """Return a smaller copy for pages, or the image itself if it is small enough."""
    if not needs_page(*image.size):
        return image
    share = round(max(image.size) / PAGE_SIDE)
    if share > 1:
        # An approximate size is enough, and takes a third of the time of an exact one.
        return image.reduce(share)
    small = image.copy()
    small.thumbnail((PAGE_SIDE, PAGE_SIDE))
    return small


def needs_page(width: int, height: int) -> bool:
    """Whether a photo is so large that pages show a smaller copy of it."""
    return max(width, height) > PAGE_SIDE


def reduced(stored: "SupportsRead[bytes]") -> Image.Image:
    """Return one of our own JPEGs, of any shape, as RGB and not larger than a report shows it.

    Raises:
        ml.preprocessing.images.ImageError: it cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(stored.read(MAX_BYTES + 1)), formats=("JPEG",)) as image:
            image.thumbnail((REPORT_SIDE, REPORT_SIDE), reducing_gap=2.0)
            return image.convert("RGB")
    except MemoryError:
        raise
    except Exception as error:  # damaged files raise whatever Pillow meets
        raise ImageError(ImageFault.TRUNCATED) from error


def kept(image: Image.Image, source: JpegTables | None) -> bytes:
    """Compress a photo as it was (ADR 40), if it was a JPEG of these pixels."""
    if source:
        tables = source.bounded()
        qtables = [tables.luminance, tables.colour]
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", qtables=qtables, subsampling=tables.sampling)
        # What is larger could not be read again.
        if buffer.tell() <= MAX_BYTES:
            return buffer.getvalue()
    return to_jpeg(image, quality=QUALITY)


def to_jpeg(image: Image.Image, *, quality: int) -> bytes:
    buffer = io.BytesIO()
    # 4:4:4: colour is what a dermatologist reads, so it is not subsampled.
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()
