"""Finds out whether boxes of a HEIF file (ISO/IEC 14496-12) turn or mirror its pictures."""

import struct
from collections.abc import Iterator

# Properties for rotation and mirroring, ISO/IEC 23008-12, 6.5.10 and 6.5.12.
TURNING = {b"irot", b"imir"}


def is_turned_by_boxes(data: bytes) -> bool:
    """Return whether a HEIF file has a box that turns or mirrors one of its pictures.

    If it has, libheif has already turned the pictures, and the EXIF orientation only repeats the
    turn (iPhones write both). Samsung's phones write only EXIF.
    """
    for name, body in _boxes(data):
        if name == b"meta":
            # A full box starts with a version and flags.
            inner = [b for n, b in _boxes(body[4:]) if n == b"iprp"]
            containers = [b for box in inner for n, b in _boxes(box) if n == b"ipco"]
            return any(n in TURNING for box in containers for n, _ in _boxes(box))
    return False


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each box's name and content, cut off at the end of the data.

    A box whose stated size is smaller than its header ends the iteration.
    """
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1 and at + 16 <= len(data):
            (size,), start = struct.unpack_from(">Q", data, at + 8), at + 16
        end = at + size if size else len(data)
        if end < start:
            return
        yield name, data[start:end]
        at = end
