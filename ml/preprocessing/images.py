"""Decodes untrusted picture bytes into upright RGB pixels without metadata.

Pillow raises OSError, SyntaxError, ValueError, IndexError, struct.error and more on malformed
files. Only this module turns all of these into an `ImageError`.
"""

import io
import warnings
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, cast

import pillow_heif
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageFile

from ml.preprocessing.colour_conversion import to_srgb
from ml.preprocessing.colour_encodings import encoding_of, profile_of
from ml.preprocessing.file_size import MAX_BYTES
from ml.preprocessing.heif_boxes import is_turned_by_boxes
from ml.preprocessing.jpeg_tables import JpegTables

if TYPE_CHECKING:
    from _typeshed import SupportsRead

MAX_PIXELS = 50_000_000
# libwebp keeps three copies of a picture in memory, and no phone takes photos as WebP.
MAX_WEBP_PIXELS = 25_000_000
MIN_SIDE = 100
# Enough to zoom into a lesion. Larger pictures show no more, and cost memory and time.
MAX_SIDE = 4096
# "JPEG" includes MPO, which phones use for a JPEG with several pictures. With "MPO" in this list,
# Pillow would fail on every other JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# Data sets may have further formats, since their pictures come from the operator's own disk.
DATA_FORMATS = (*FORMATS, "BMP", "TIFF")
ORIENTATION = ExifTags.Base.Orientation
SIDEWAYS = {5, 6, 7, 8}
# The operation that undoes each orientation.
_TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
JPEG_END = b"\xff\xd9"  # the end marker
# Noise in place of pixel data that a JPEG may lack: alone, and then after restart markers.
_NOISE = bytes((37 * n * n + 101 * n + 59) % 255 for n in range(512))
OTHER_BYTES = _NOISE + b"".join(bytes([0xFF, 0xD0 + n % 8]) + _NOISE for n in range(16))
MOST_PADDING = 16  # zeros that may follow the pixel data
_SRGB = ImageCms.createProfile("sRGB")

pillow_heif.register_heif_opener(thumbnails=False)


class ImageFault(StrEnum):
    """The reason why bytes cannot be used as a photo."""

    NOT_AN_IMAGE = "not_an_image"
    TRUNCATED = "truncated"
    ANIMATED = "animated"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    TOO_DEMANDING = "too_demanding"


class ImageError(ValueError):
    """The bytes are not a usable photo; `fault` is the reason."""

    def __init__(self, fault: ImageFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def decode(stream: "SupportsRead[bytes]", formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Return the photo in `stream` as an upright RGB image without any metadata.

    The format, one of `formats`, is detected from the content, never from a name. A photo may have
    at most 20 MiB and 50 megapixels (WebP: 25). A longer side over 4,096 px is reduced to 4,096 px
    or less; from 6,144 px on, both sides are first divided by a whole number. In the reduced photo,
    the shorter side must have at least 100 px. Transparent pixels become white, and 16-bit values
    are scaled to 8 bits.

    Raises:
        ImageError: the photo is not acceptable; `fault` is the reason.
        MemoryError: memory ran out, perhaps not because of the photo.
    """
    return decode_with_tables(stream, formats)[0]


def decode_with_tables(
    stream: "SupportsRead[bytes]", formats: tuple[str, ...] = FORMATS
) -> tuple[Image.Image, JpegTables | None]:
    """Return the photo and, if its pixels are still those of a JPEG, the JPEG's tables.

    Raises:
        ImageError, MemoryError: as `decode`.
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ImageError(ImageFault.TOO_LARGE)
    try:
        with warnings.catch_warnings():
            # Pillow warns about sizes that our own, lower limit refuses.
            warnings.simplefilter("ignore")
            image = _open(data, formats)
            _check_header(image)
            tables = JpegTables.of(image) if _whole_reduction(image) == 1 else None
            return _upright_rgb(_load(image, data), data, tables)
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # damaged files raise whatever Pillow and its plug-ins run into
        raise ImageError(ImageFault.TRUNCATED) from error


def upright_size(stream: BinaryIO) -> tuple[int, int]:
    """Return the width and height of the upright photo, before any reduction."""
    data = stream.read()
    with Image.open(io.BytesIO(data), formats=DATA_FORMATS) as image:
        is_sideways = _orientation(image, data) in SIDEWAYS
        return (image.height, image.width) if is_sideways else image.size


def _open(data: bytes, formats: tuple[str, ...]) -> ImageFile.ImageFile:
    if _webp_pixels(data) > MAX_WEBP_PIXELS:
        # Checked first, since libwebp allocates all memory as soon as Pillow opens the file.
        raise ImageError(ImageFault.TOO_MANY_PIXELS)
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except MemoryError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(ImageFault.TOO_MANY_PIXELS) from error
    except Exception as error:
        fault = ImageFault.TRUNCATED if _looks_like_a_photo(data) else ImageFault.NOT_AN_IMAGE
        raise ImageError(fault) from error


def _looks_like_a_photo(data: bytes) -> bool:
    """Return whether the first bytes are those of an accepted format."""
    return (
        data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or _is_webp(data)
        or (data[4:8] == b"ftyp" and data[8:12] in {b"heic", b"heix", b"mif1", b"heim", b"heis"})
    )


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _webp_pixels(data: bytes) -> int:
    """Return a WebP's number of pixels by its header (RFC 9649, section 2), 0 for other files."""

    def number(start: int, end: int) -> int:
        return int.from_bytes(data[start:end], "little")

    if not _is_webp(data):
        return 0
    if data[12:16] == b"VP8X":
        return (1 + number(24, 27)) * (1 + number(27, 30))
    if data[12:16] == b"VP8L":
        return (1 + (number(21, 25) & 0x3FFF)) * (1 + (number(21, 25) >> 14 & 0x3FFF))
    return (number(26, 28) & 0x3FFF) * (number(28, 30) & 0x3FFF)


def _check_header(image: ImageFile.ImageFile) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise ImageError(ImageFault.TOO_MANY_PIXELS)
    reduction = max(_whole_reduction(image), max(image.size) / MAX_SIDE)
    if min(image.size) / reduction < MIN_SIDE:
        raise ImageError(ImageFault.TOO_SMALL)
    # An MPO or HEIC is no animation: its further pictures are the phone's previews and depth maps.
    if getattr(image, "is_animated", False) and image.format not in {"MPO", "HEIF"}:
        raise ImageError(ImageFault.ANIMATED)


def _whole_reduction(image: Image.Image) -> int:
    """Return the whole number by which the sides are divided first, to save time and memory."""
    return max(1, round(max(image.size) / MAX_SIDE))


def _load(image: ImageFile.ImageFile, data: bytes) -> ImageFile.ImageFile:
    reduction = _whole_reduction(image)
    if image.format in {"JPEG", "MPO"} and reduction > 1:
        # Decodes at half the size or less: at full size, 50 megapixels would take over 500 MB.
        image.draft("RGB", (image.width // reduction, image.height // reduction))
    try:
        image.load()
    except OSError:
        if image.format not in {"JPEG", "MPO"}:
            raise
        image.close()
        return _load_without_end(data, image.size)
    return image


def _load_without_end(data: bytes, size: tuple[int, int]) -> ImageFile.ImageFile:
    """Return a JPEG in which only the end marker is missing.

    If all pixels are there, inserting bytes before the marker does not change the photo. If pixels
    are missing, the inserted bytes become visible pixels.

    Raises:
        ImageError: pixels are missing, too.
    """
    start = data.rstrip(b"\xff")
    if len(start.rstrip(b"\0")) < len(start) - MOST_PADDING:
        # So many zeros are the rest of a file whose download was interrupted.
        raise ImageError(ImageFault.TRUNCATED)
    complete = _jpeg(start, size)
    if complete.tobytes() != _jpeg(start + OTHER_BYTES, size).tobytes():
        raise ImageError(ImageFault.TRUNCATED)
    return complete


def _jpeg(data: bytes, size: tuple[int, int]) -> ImageFile.ImageFile:
    image = Image.open(io.BytesIO(data + JPEG_END), formats=("JPEG",))
    image.draft("RGB", size)
    image.load()
    return image


def _upright_rgb(
    image: Image.Image, data: bytes, tables: JpegTables | None
) -> tuple[Image.Image, JpegTables | None]:
    """Return only the pixels, in a new image: comments and profiles would otherwise be saved, too.

    The JPEG's tables are returned only if the pixels are still those of the JPEG.
    """
    turn, profile, encoding = _turn(image, data), profile_of(image), encoding_of(image, data)
    loaded = image.im
    image = _reduced(_opaque(image))
    image = _in_srgb(image, profile) if profile else to_srgb(image, encoding)
    # A conversion copies the picture even if nothing changes.
    image = image if image.mode == "RGB" else image.convert("RGB")
    # A new image around the same pixels: copying 12 megapixels takes half as long as decoding them.
    pixels = Image.new("RGB", (1, 1))._new(image.im)  # noqa: SLF001 - no public way without a copy
    tables = tables.turned(turn, pixels.size) if tables and image.im is loaded else None
    return (pixels if turn is None else pixels.transpose(turn)), tables


def _turn(image: Image.Image, data: bytes) -> Image.Transpose | None:
    """Return the operation that turns the photo upright; unreadable EXIF counts as upright."""
    try:
        return _TURNS.get(_orientation(image, data))
    except MemoryError:
        raise
    except Exception:
        return None


def _orientation(image: Image.Image, data: bytes) -> object:
    if image.format == "HEIF":
        # libheif turns the pixels if the file's boxes say so. pillow_heif resets EXIF's orientation
        # in any case.
        return None if is_turned_by_boxes(data) else image.info.get("original_orientation")
    return image.getexif().get(ORIENTATION)


def _opaque(image: Image.Image) -> Image.Image:
    """Return the picture as 8-bit RGB, CMYK or grey, with transparent pixels on white."""
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        image = _to_eight_bits(image)
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        # A conversion copies the picture even if nothing changes, and 50 megapixels take 200 MB.
        clear = image if image.mode in {"LA", "RGBA"} else image.convert("RGBA")
        image = Image.new("L" if clear.mode == "LA" else "RGB", clear.size, "white")
        image.paste(clear, mask=clear)
    return image if image.mode in {"RGB", "CMYK", "L"} else image.convert("RGB")


def _reduced(image: Image.Image) -> Image.Image:
    reduction = _whole_reduction(image)
    if reduction > 1:
        image = image.reduce(reduction)
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Apply the photo's colour profile (phones use Display P3) before it is dropped."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "L" and source.profile.xcolor_space.strip() == "RGB":
            image = image.convert("RGB")
        if image.mode == "RGB" and _changes_nothing(source):
            return image
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        # The profile is broken. The pixels without it are better than no photo.
        return image
    return converted or image


def _changes_nothing(source: ImageCms.ImageCmsProfile) -> bool:
    """Return whether a profile is sRGB: it changes no colour of a grid by over one level."""
    colours = _grid_of_colours()
    moved = ImageCms.profileToProfile(colours, source, _SRGB, outputMode="RGB")
    if moved is None:
        return False
    differences = ImageChops.difference(colours, moved).getextrema()
    return all(most <= 1 for _, most in cast("tuple[tuple[int, int], ...]", differences))


@cache
def _grid_of_colours() -> Image.Image:
    levels = [round(255 * step / 8) for step in range(9)]
    colours = [bytes((red, green, blue)) for red in levels for green in levels for blue in levels]
    return Image.frombytes("RGB", (len(colours), 1), b"".join(colours))


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits. Pillow's own conversion clips all values over 255 to white."""
    wide, clear = image.convert("I"), image.info.get("transparency")
    grey = wide.point([value // 256 for value in range(65536)], "L")
    grey.info.clear()
    if isinstance(clear, int):
        grey.putalpha(wide.point([0 if value == clear else 255 for value in range(65536)], "L"))
    return grey
