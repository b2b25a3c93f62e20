"""Decode untrusted picture bytes into upright RGB pixels without metadata.

Pillow raises OSError, SyntaxError, ValueError, IndexError, struct.error and more on malformed
files; `decode` is the one boundary that turns them all into an `ImageError`.
"""

import io
import warnings
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps

if TYPE_CHECKING:
    from _typeshed import SupportsRead

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
MIN_SIDE = 100
# Enough to zoom into a lesion; larger pictures cost memory and time and show no more of it.
MAX_SIDE = 4096
# Pillow's JPEG reader also reads MPO, a phone's JPEG with several pictures in it; asked for MPO by
# name, it fails on every file that is not a JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# What data sets come in beside, read from the operator's own disk alone.
DATA_FORMATS = (*FORMATS, "BMP", "TIFF")
ORIENTATION = ExifTags.Base.Orientation
SIDEWAYS = {5, 6, 7, 8}

_SRGB = ImageCms.createProfile("sRGB")

pillow_heif.register_heif_opener(thumbnails=False)


class ImageFault(StrEnum):
    """Why bytes cannot be used as a photo."""

    NOT_AN_IMAGE = "not_an_image"
    TRUNCATED = "truncated"
    ANIMATED = "animated"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"


class ImageError(ValueError):
    """The bytes are not a usable photo; `fault` says which kind."""

    def __init__(self, fault: ImageFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def decode(stream: "SupportsRead[bytes]", formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Return the photo in `stream` as an upright RGB image without any metadata.

    The format, one of `formats`, is found from the content, never from a name. At most 20 MB and
    50 megapixels, shortest side at least 100 px. A longest side over 4,096 px is reduced to that.
    Transparency is laid on white.

    Raises:
        ImageError: for anything else; its `fault` names the kind.
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ImageError(ImageFault.TOO_LARGE)
    image = _open(data, formats)
    _check_header(image)
    return _upright_rgb(_load(image))


def upright_size(stream: BinaryIO) -> tuple[int, int]:
    """Return the upright width and height that a photo has before `decode` reduces it."""
    with Image.open(stream, formats=DATA_FORMATS) as image:
        is_sideways = image.getexif().get(ORIENTATION) in SIDEWAYS
        return (image.height, image.width) if is_sideways else image.size


def _open(data: bytes, formats: tuple[str, ...]) -> ImageFile.ImageFile:
    try:
        with warnings.catch_warnings():
            # Our own pixel limit is lower than the one that Pillow warns at.
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError as error:
        raise ImageError(ImageFault.TOO_MANY_PIXELS) from error
    except Exception as error:
        fault = ImageFault.TRUNCATED if _looks_like_a_photo(data) else ImageFault.NOT_AN_IMAGE
        raise ImageError(fault) from error


def _looks_like_a_photo(data: bytes) -> bool:
    """Whether the first bytes are those of a format that we read."""
    return (
        data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
        or (data[4:8] == b"ftyp" and data[8:12] in {b"heic", b"heix", b"mif1", b"heim", b"heis"})
    )


def _check_header(image: ImageFile.ImageFile) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise ImageError(ImageFault.TOO_MANY_PIXELS)
    reduction = max(1, max(image.size) / MAX_SIDE)
    if min(image.size) / reduction < MIN_SIDE:
        raise ImageError(ImageFault.TOO_SMALL)
    # An MPO's further pictures are the phone's own previews and depth maps, HEIC's likewise.
    if getattr(image, "is_animated", False) and image.format not in {"MPO", "HEIF"}:
        raise ImageError(ImageFault.ANIMATED)


def _load(image: ImageFile.ImageFile) -> Image.Image:
    if image.format in {"JPEG", "MPO"} and max(image.size) > 1.5 * MAX_SIDE:
        # Decodes straight to half the size: 50 megapixels take over 500 MB otherwise.
        image.draft("RGB", (image.width // 2, image.height // 2))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
    except MemoryError:
        raise
    except Exception as error:
        raise ImageError(ImageFault.TRUNCATED) from error
    return image


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Return the pixels alone in a new image: a copy or a save would keep comments and profiles."""
    image = _in_srgb(image)
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        image = _to_eight_bits(image)
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    pixels = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        pixels.paste(rgba, mask=rgba)
    else:
        pixels.paste(image.convert("RGB"))
    return pixels


def _in_srgb(image: Image.Image) -> Image.Image:
    """Apply the photo's own colour profile (phones use Display P3) before it is dropped."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK"}:
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A broken profile: the pixels as they are beat no photo at all.
        return image
    return converted or image


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits: Pillow's own conversion clips everything over 255 to white."""
    return image.convert("I").point([value // 256 for value in range(65536)], "L")
