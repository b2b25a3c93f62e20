"""Re-encodes an upload as a JPEG without EXIF, and makes renditions. Does not use Django."""

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

THUMBNAIL_SIDE, PAGE_SIDE, REPORT_SIDE = 256, 1280, 1200
# Pages show the photo itself if neither side is longer than this.
SHOWN_SIDE = 480
# The largest thumbnail and page-size picture, for slow connections. Whole pages are limited in
# `tests/diagnosis/screenings/test_weights.py`.
THUMBNAIL_BYTES, PAGE_BYTES = 6_000, 180_000
# Below 10, JPEG's blocks become visible, but no photo of skin needs a quality below 10.
QUALITIES = (85, 75, 60, 40, 20, 10, 5, 1)
QUALITY = 92


@dataclass(frozen=True)
class Renditions:
    """Images that networks and pages use, so that a photo is decoded only once."""

    page: bytes = b""  # a JPEG for pages; empty if they show the photo itself
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

    This removes EXIF and all other metadata. The original bytes are never stored.

    Raises:
        ml.preprocessing.images.ImageError: the upload is not a usable photo.
    """
    image, tables = decode_with_tables(upload)
    if frame:
        image, tables = image.crop(frame), None
    width, height = image.size
    content = stored_jpeg(image, tables)
    small = _page_size(image)
    renditions = _renditions(image, small)
    # `thumbnail` changes `small` itself, which has no further use.
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
    # A thumbnail only has to show which spot was photographed, so coarse colours are enough.
    thumbnail = bounded_jpeg(small, THUMBNAIL_BYTES, subsampling=2)
    return CleanPhoto(content, thumbnail, width, height, renditions)


def render(stored: "SupportsRead[bytes]") -> Renditions:
    """Make the renditions of a stored JPEG.

    Raises:
        ml.preprocessing.images.ImageError: the JPEG cannot be decoded.
    """
    image = decode(stored)
    return _renditions(image, _page_size(image))


def _renditions(image: Image.Image, small: Image.Image) -> Renditions:
    page = bounded_jpeg(small, PAGE_BYTES) if needs_page(*image.size) else b""
    return Renditions(page, Views.of(image).to_bytes())


def _page_size(image: Image.Image) -> Image.Image:
    """Return a smaller copy for pages, or the image itself if it is small enough."""
    if max(image.size) <= PAGE_SIDE:
        return image
    factor = round(max(image.size) / PAGE_SIDE)
    if factor > 1:
        # Any size near PAGE_SIDE is enough, and `reduce` takes a third of the time of `thumbnail`.
        return image.reduce(factor)
    small = image.copy()
    small.thumbnail((PAGE_SIDE, PAGE_SIDE))
    return small


def needs_page(width: int, height: int) -> bool:
    """Return whether pages need a smaller or coarser copy of a photo."""
    return max(width, height) > SHOWN_SIDE


def reduced(stored: "SupportsRead[bytes]") -> Image.Image:
    """Return a stored JPEG of any shape as RGB, reduced to the size that a report needs.

    Raises:
        ml.preprocessing.images.ImageError: the JPEG cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(stored.read(MAX_BYTES + 1)), formats=("JPEG",)) as image:
            image.thumbnail((REPORT_SIDE, REPORT_SIDE), reducing_gap=2.0)
            return image.convert("RGB")
    except MemoryError:
        raise
    except Exception as error:  # Pillow raises many kinds of errors for damaged files
        raise ImageError(ImageFault.TRUNCATED) from error


def stored_jpeg(image: Image.Image, source: JpegTables | None) -> bytes:
    """Compress a photo for storing, with the quantization tables of its source (ADR 40).

    `source` is given only if the photo was a JPEG of exactly these pixels.
    """
    if source:
        tables = source.bounded()
        qtables = [tables.luminance, tables.colour]
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", qtables=qtables, subsampling=tables.sampling)
        # The decoder would refuse a larger file.
        if buffer.tell() <= MAX_BYTES:
            return buffer.getvalue()
    return to_jpeg(image, quality=QUALITY)


def bounded_jpeg(image: Image.Image, most_bytes: int, *, subsampling: int = 0) -> bytes:
    """Return a JPEG of the highest quality that fits into `most_bytes`.

    If no quality fits, return a JPEG of the lowest quality.
    """
    for quality in QUALITIES:
        jpeg = to_jpeg(image, quality=quality, subsampling=subsampling)
        if len(jpeg) <= most_bytes:
            break
    return jpeg


def to_jpeg(image: Image.Image, *, quality: int, subsampling: int = 0) -> bytes:
    buffer = io.BytesIO()
    # By default, colour keeps its full resolution (4:4:4), since dermatologists judge colour.
    image.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return buffer.getvalue()
