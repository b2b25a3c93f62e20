"""What becomes of an upload: a JPEG of our own and a thumbnail. Knows no Django."""

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from ml.preprocessing.images import MAX_BYTES, ImageError, ImageFault, decode

if TYPE_CHECKING:
    from _typeshed import SupportsRead

THUMBNAIL_SIDE, REPORT_SIDE = 320, 1200


# Left, top, right and bottom, in pixels.
Frame = tuple[int, int, int, int]


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


def clean(upload: "SupportsRead[bytes]", frame: Frame | None = None) -> CleanPhoto:
    """Decode an upload, or what is in a frame of it, and encode it anew.

    The original bytes go no further.

    Raises:
        ml.preprocessing.images.ImageError: the upload is not a usable photo.
    """
    image = decode(upload)
    if frame:
        image = image.crop(frame)
    content = to_jpeg(image, quality=92)
    width, height = image.size
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
    return CleanPhoto(content, to_jpeg(image, quality=80), width, height)


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
    except Exception as error:
        raise ImageError(ImageFault.TRUNCATED) from error


def to_jpeg(image: Image.Image, *, quality: int) -> bytes:
    buffer = io.BytesIO()
    # 4:4:4: colour is what a dermatologist reads, so it is not subsampled.
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()
