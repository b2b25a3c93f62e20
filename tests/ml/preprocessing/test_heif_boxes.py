import io
import struct

import pillow_heif
import pytest
from PIL import Image

from ml.preprocessing.heif_boxes import is_turned_by_boxes


def heic(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (128, 96))).save(buffer, exif=exif.tobytes())
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotation_or_mirroring_in_the_boxes_is_detected(orientation):
    assert is_turned_by_boxes(heic(orientation)) is (orientation > 1)


def box(name, *content, size=None):
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body) if size is None else size, name) + body


def test_a_box_may_have_a_long_size_or_extend_to_the_end():
    properties = box(b"iprp", box(b"ipco", box(b"irot", b"\1")))
    long = struct.pack(">I4sQ", 1, b"free", 20) + bytes(4)
    assert is_turned_by_boxes(long + box(b"meta", bytes(4), properties, size=0))


@pytest.mark.parametrize(
    "data",
    [b"", bytes(100), box(b"meta"), box(b"meta", bytes(4), box(b"iprp", size=3)), b"\0\0\0\1"],
)
def test_damaged_boxes_are_ignored(data):
    assert not is_turned_by_boxes(data)


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_truncated_file_causes_no_error(cut):
    assert is_turned_by_boxes(heic(6)[:cut]) in {True, False}
