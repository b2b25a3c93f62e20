"""Reads a photo's colour encoding: ICC profile, code points (H.273), PNG chunks, or EXIF."""

import struct
from collections.abc import Iterator

from PIL import ExifTags, Image

from ml.preprocessing.colour_conversion import (
    ADOBE,
    BT709,
    BT2020,
    DISPLAY_P3,
    HLG,
    PQ,
    Encoding,
    measured,
)

# ITU-T H.273, tables 2 and 3. Values that are not listed here count as sRGB.
PRIMARIES = {9: BT2020, 11: DISPLAY_P3, 12: DISPLAY_P3}
CURVES: dict[int, str | float] = {4: 2.2, 5: 2.8, 8: 1.0, 16: PQ, 18: HLG}
HDR_BYTES = {b"\x10", b"\x12"}
# Adobe RGB (1998), 4.3.1.2: exactly 2 51/256.
ADOBE_GAMMA = 563 / 256
# DCF 2.0's name for Adobe RGB. EXIF's own list has only sRGB, but some cameras write 2 for Adobe
# RGB.
ADOBE_BY_DCF, ADOBE_BY_EXIF, SRGB_BY_EXIF = "R03", 2, 1
# A file's gamma near 1/2.2 stands for sRGB, and so does an implausible gamma, outside `GAMMAS`.
PNG_GAMMA, GAMMA_TOLERANCE = 1 / 2.2, 0.02
GAMMAS = (0.2, 2.0)
CICP_LENGTH = 4
PNG_START = b"\x89PNG\r\n\x1a\n"


def profile_of(image: Image.Image) -> bytes | None:
    """Return the photo's ICC profile. None if there is none, or if it is an HDR profile."""
    profile = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) and not _hdr_profile(profile) else None


def encoding_of(image: Image.Image, data: bytes) -> Encoding:
    """Return the colour encoding of a photo if `profile_of` returns None. The default is sRGB."""
    numbers = _cicp_chunk(data) or _hdr_profile(image.info.get("icc_profile") or b"")
    if numbers is None and "nclx_profile" in image.info:
        nclx = image.info["nclx_profile"]
        numbers = nclx["color_primaries"], nclx["transfer_characteristics"]
    if numbers:
        primaries, curve = numbers
        return Encoding(PRIMARIES.get(primaries, BT709), CURVES.get(curve, Encoding().curve))
    if _is_adobe_rgb(image):
        return Encoding(ADOBE, ADOBE_GAMMA)
    return _png_encoding(image)


def _hdr_profile(profile: bytes) -> tuple[int, int] | None:
    """Return the code points that an HDR profile has in a tag `cicp` (ICC.1:2022, 9.2.17).

    The curves of the profile itself cannot express high dynamic range.
    """
    count = int.from_bytes(profile[128:132], "big")
    for at in range(132, min(132 + 12 * count, len(profile) - 11), 12):
        name, offset = struct.unpack_from(">4sI", profile, at)
        numbers = profile[offset + 8 : offset + 10]
        if name == b"cicp" and numbers[1:] in HDR_BYTES:
            return numbers[0], numbers[1]
    return None


def _cicp_chunk(data: bytes) -> tuple[int, int] | None:
    for name, body in _png_chunks(data):
        if name == b"cICP":
            return (body[0], body[1]) if len(body) == CICP_LENGTH else None
    return None


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks before a PNG's pixels."""
    at = len(PNG_START)
    while data.startswith(PNG_START) and at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"IDAT":
            return
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _is_adobe_rgb(image: Image.Image) -> bool:
    try:
        exif = image.getexif()
        space = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
        index = exif.get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex)
    except MemoryError:
        raise
    except Exception:
        # Unreadable EXIF is no reason to refuse a photo.
        return False
    is_by_dcf = str(index).rstrip("\0 ") == ADOBE_BY_DCF and space != SRGB_BY_EXIF
    return is_by_dcf or space == ADOBE_BY_EXIF


def _png_encoding(image: Image.Image) -> Encoding:
    """Return the encoding from gAMA and cHRM, unless an sRGB chunk replaces them."""
    gamma, points = image.info.get("gamma"), image.info.get("chromaticity")
    if image.format != "PNG" or not gamma or "srgb" in image.info:
        return Encoding()
    is_usual = abs(gamma - PNG_GAMMA) <= GAMMA_TOLERANCE or not GAMMAS[0] <= gamma <= GAMMAS[1]
    curve = Encoding().curve if is_usual else 1 / gamma
    return Encoding(measured(points or ()), curve)
