import io
import subprocess
import sys
import zlib

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile

from ml.preprocessing import file_size, images
from ml.preprocessing.images import ImageError, ImageFault, decode
from tests.factories import encoded
from tests.malformed_files import BLUE, RED, chunk, halves, saved
from tests.pictures import dermoscopy_like


def fault(data):
    with pytest.raises(ImageError) as caught:
        decode(io.BytesIO(data))
    return caught.value.fault


def decoded(data):
    return decode(io.BytesIO(data))


def is_close(pixel, expected, tolerance=12):
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, expected, strict=True))


def png_of(width, height):
    """Return a decompression bomb: a PNG whose header announces this size."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    body = zlib.compress(b"\x00" * 1_000_000, 9)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def profile_with_red_and_blue_swapped():
    """Return the sRGB profile with two primaries swapped, so that its use is visible."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "HEIC"])
class TestEachFormat:
    def test_an_accepted_format_is_decoded_to_rgb(self, image_format):
        image = decoded(saved(halves(), image_format))
        assert (type(image), image.mode, image.size) == (Image.Image, "RGB", (240, 160))
        assert is_close(image.getpixel((20, 80)), RED)
        assert is_close(image.getpixel((220, 80)), BLUE)

    def test_half_of_a_file_is_reported_as_truncated(self, image_format):
        data = saved(dermoscopy_like(3, (320, 240)), image_format)
        assert fault(data[: len(data) // 2]) is ImageFault.TRUNCATED

    def test_the_first_bytes_of_a_file_are_reported_as_truncated(self, image_format):
        assert fault(saved(halves(), image_format)[:40]) is ImageFault.TRUNCATED

    def test_a_fresh_process_decodes_every_format(self, image_format):
        program = (
            "import sys; from ml.preprocessing.images import decode; "
            "print(decode(sys.stdin.buffer).size)"
        )
        data = saved(halves(), image_format)
        ran = subprocess.run(
            [sys.executable, "-c", program], input=data, capture_output=True, check=True
        )
        assert ran.stdout == b"(240, 160)\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"This is not a photo, whatever its name says.",
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='200' height='200'/>",
        encoded(halves("P"), "GIF"),
        encoded(halves(), "TIFF"),
        encoded(halves(), "BMP"),
        b"PK\x03\x04" + bytes(100),
    ],
    ids=["empty", "text", "PDF", "SVG", "GIF", "TIFF", "BMP", "ZIP"],
)
def test_files_of_unsupported_formats_are_refused(data):
    assert fault(data) is ImageFault.NOT_AN_IMAGE


@pytest.mark.parametrize("image_format", ["WEBP", "PNG"])
def test_an_animated_picture_is_refused(image_format):
    frames = [halves(), halves().rotate(180)]
    data = encoded(frames[0], image_format, save_all=True, append_images=frames[1:], duration=50)
    assert fault(data) is ImageFault.ANIMATED


def test_more_than_20_mb_are_refused_without_reading_further():
    class Endless:
        def read(self, size):
            assert size <= file_size.MAX_BYTES + 1
            return bytes(size)

    with pytest.raises(ImageError) as caught:
        decode(Endless())
    assert caught.value.fault is ImageFault.TOO_LARGE


def test_20_mb_are_accepted():
    photo = encoded(halves())
    assert decoded(photo + bytes(file_size.MAX_BYTES - len(photo))).size == (240, 160)


@pytest.mark.parametrize("size", [(7072, 7072), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_more_than_50_megapixels_are_refused_by_the_header(size):
    assert fault(png_of(*size)) is ImageFault.TOO_MANY_PIXELS


def test_a_file_shorter_than_announced_is_reported_as_truncated():
    assert fault(png_of(7000, 7000)) is ImageFault.TRUNCATED


@pytest.mark.parametrize("size", [(99, 400), (400, 99), (1, 1), (5000, 110)])
def test_a_side_under_100_pixels_before_or_after_reduction_is_too_small(size):
    assert fault(encoded(halves(size=size))) is ImageFault.TOO_SMALL


def test_a_side_of_100_pixels_is_accepted():
    assert decoded(encoded(halves(size=(100, 100)))).size == (100, 100)


# The size of the upright picture, and a point in its red half.
each_orientation = pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        (1, (240, 160), (20, 80)),
        (2, (240, 160), (220, 80)),
        (3, (240, 160), (220, 80)),
        (4, (240, 160), (20, 80)),
        (5, (160, 240), (80, 20)),
        (6, (160, 240), (80, 20)),
        (7, (160, 240), (80, 220)),
        (8, (160, 240), (80, 220)),
    ],
)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@each_orientation
def test_a_photo_is_turned_by_its_exif(image_format, orientation, size, red):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decoded(encoded(halves(), image_format, exif=exif))
    assert image.size == size
    assert is_close(image.getpixel(red), RED)
    assert images.upright_size(io.BytesIO(encoded(halves(), image_format, exif=exif))) == size


def test_a_photo_from_an_iphone_is_turned_by_its_heif_box():
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    pillow_heif.from_pillow(halves()).save(buffer, exif=exif.tobytes())
    assert decoded(buffer.getvalue()).size == (160, 240)


def turned_by_exif_alone(orientation):
    """Return a HEIC that is turned by its EXIF and by no box, like a file of a Samsung phone."""
    exif = Image.Exif()
    exif[0x0112] = 1
    upright = exif.tobytes()
    buffer = io.BytesIO()
    pillow_heif.from_pillow(halves()).save(buffer, exif=upright, quality=90)
    exif[0x0112] = orientation
    assert buffer.getvalue().count(upright) == 1
    return buffer.getvalue().replace(upright, exif.tobytes())


@each_orientation
def test_a_heic_is_turned_by_exif_if_its_boxes_do_not_turn_it(orientation, size, red):
    data = turned_by_exif_alone(orientation)
    assert decoded(data).size == images.upright_size(io.BytesIO(data)) == size
    assert is_close(decoded(data).getpixel(red), RED)


def test_decoded_pixels_carry_no_metadata():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    tagged = encoded(halves(), exif=exif, comment=b"home", icc_profile=profile, xmp=b"<x/>")
    image = decoded(tagged)
    assert (image.info, dict(image.getexif())) == ({}, {})


def test_the_first_of_several_pictures_in_a_phones_file_is_decoded():
    buffer = io.BytesIO()
    halves().save(buffer, "MPO", save_all=True, append_images=[halves(size=(120, 80))])
    assert Image.open(buffer).format == "MPO"
    assert decoded(buffer.getvalue()).size == (240, 160)


@pytest.mark.parametrize(
    ("mode", "image_format"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"), ("1", "PNG")],
)
def test_every_kind_of_pixel_becomes_rgb(mode, image_format):
    image = decoded(encoded(halves(mode), image_format))
    grey = halves().convert("L").convert("RGB").getpixel((20, 80))
    expected = {"L": grey, "LA": grey, "1": image.getpixel((20, 80))}.get(mode, RED)
    assert image.mode == "RGB"
    assert is_close(image.getpixel((20, 80)), expected, tolerance=20)


def test_16_bits_are_scaled_to_8():
    grey = np.full((120, 120), 250 * 256 + 255, dtype=np.uint16)
    assert decoded(encoded(Image.fromarray(grey), "PNG")).getpixel((60, 60)) == (250, 250, 250)


def test_a_broken_colour_profile_leaves_the_pixels_unchanged():
    image = decoded(encoded(halves(), icc_profile=b"no profile"))
    assert is_close(image.getpixel((20, 80)), RED)


@pytest.mark.parametrize(("mode", "image_format"), [("RGB", "JPEG"), ("RGBA", "PNG")])
def test_the_colours_of_a_phones_profile_are_converted_to_srgb(mode, image_format):
    swapped = encoded(halves(mode), image_format, icc_profile=profile_with_red_and_blue_swapped())
    assert is_close(decoded(swapped).getpixel((20, 80)), BLUE, tolerance=30)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif_fields", [{0xA001: 0xFFFF, 0xA005: {1: "R03"}}, {0xA001: 2}])
def test_adobe_rgb_is_converted_if_only_exif_names_it(image_format, exif_fields):
    exif = Image.Exif()
    exif[0x8769] = exif_fields
    green = Image.new("RGB", (120, 120), (144, 200, 60))
    data = encoded(green, image_format, exif=exif, quality=100)
    assert is_close(decoded(data).getpixel((60, 60)), (111, 201, 34), tolerance=8)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(green, image_format, exif=exif, quality=100, icc_profile=profile)
    assert is_close(decoded(data).getpixel((60, 60)), (144, 200, 60))


@pytest.mark.parametrize(
    "exif_fields", [{}, {0xA001: 1}, {0xA001: 0xFFFF}, {0xA001: 1, 0xA005: {1: "R03"}}]
)
def test_other_colour_spaces_in_exif_count_as_srgb(exif_fields):
    exif = Image.Exif()
    exif[0x8769] = exif_fields
    data = encoded(Image.new("RGB", (120, 120), (144, 200, 60)), "PNG", exif=exif)
    assert decoded(data).getpixel((60, 60)) == (144, 200, 60)


def hdr_heic(level, transfer, primaries=9):
    """Return a 10-bit HEIC without an ICC profile, all of one grey: `level`, from 0 to 1."""
    samples = np.full((120, 120, 3), round(level * 1023) << 6, np.uint16).tobytes()
    picture = pillow_heif.from_bytes("RGB;16", (120, 120), samples)
    buffer = io.BytesIO()
    numbers = {"transfer_characteristics": transfer, "color_primaries": primaries}
    picture.save(buffer, quality=-1, matrix_coefficients=9, full_range_flag=1, **numbers)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("level", "transfer", "expected"),
    [(0.58, 16, 242), (0.38, 16, 100), (0.75, 18, 246), (0.38, 18, 98), (0.5, 13, 128)],
)
def test_only_a_heic_of_high_dynamic_range_is_tone_mapped(level, transfer, expected):
    pixel = decoded(hdr_heic(level, transfer)).getpixel((60, 60))
    assert is_close(pixel, (expected,) * 3, tolerance=4)


def png_with(image, name, body):
    data = encoded(image, "PNG")
    return data[:33] + chunk(name, body) + data[33:]


def gamma(value):
    return round(value * 100_000).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        (b"gAMA", gamma(1.0), 128),
        (b"gAMA", gamma(1 / 1.8), 71),
        (b"gAMA", gamma(1 / 2.2), 55),
        (b"gAMA", gamma(0), 55),
        (b"gAMA", b"\xff\xff\xff\xff", 55),
        (b"cICP", bytes([9, 16, 0, 1]), 31),
        (b"cICP", bytes([1, 8, 0, 1]), 128),
        (b"cICP", bytes([1, 13, 0, 1]), 55),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_pngs_gamma_and_transfer_function_are_applied(mode, name, body, expected):
    grey = Image.new("RGB", (120, 120), (55, 55, 55)).convert(mode)
    pixel = decoded(png_with(grey, name, body)).getpixel((60, 60))
    assert is_close(pixel, (expected,) * 3, tolerance=3)


def test_a_pngs_primaries_are_used_unless_it_has_an_srgb_chunk():
    points = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
    adobe = b"".join(map(gamma, points))
    green = Image.new("RGB", (120, 120), (144, 200, 60))
    data = png_with(green, b"cHRM", adobe)
    data = data[:33] + chunk(b"gAMA", gamma(256 / 563)) + data[33:]
    assert is_close(decoded(data).getpixel((60, 60)), (111, 201, 34), tolerance=8)
    data = data[:33] + chunk(b"sRGB", b"\0") + data[33:]
    assert decoded(data).getpixel((60, 60)) == (144, 200, 60)


def grey_profile(exponent):
    """Return a version 2 ICC profile for grey, with a power curve."""
    white = b"XYZ \0\0\0\0" + b"".join(
        round(value * 65536).to_bytes(4, "big") for value in (0.9642, 1, 0.8249)
    )
    curve = b"curv\0\0\0\0\0\0\0\1" + round(exponent * 256).to_bytes(2, "big") + b"\0\0"
    tags, body, start = b"", b"", 132 + 2 * 12
    for name, content in ((b"wtpt", white), (b"kTRC", curve)):
        tags += name + (start + len(body)).to_bytes(4, "big") + len(content).to_bytes(4, "big")
        body += content
    size = start + len(body)
    head = size.to_bytes(4, "big") + b"lcms\2\x10\0\0mntrGRAYXYZ " + bytes(12) + b"acsp"
    head += bytes(28) + white[8:] + bytes(48)
    return head[:128].ljust(128, b"\0") + (2).to_bytes(4, "big") + tags + body


@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
@pytest.mark.parametrize(("exponent", "level"), [(1.0, 128), (2.2, 55)])
def test_the_curve_of_a_grey_photos_profile_is_applied(image_format, exponent, level):
    data = encoded(Image.new("L", (120, 120), 55), image_format, icc_profile=grey_profile(exponent))
    assert is_close(decoded(data).getpixel((60, 60)), (level,) * 3, tolerance=3)


def test_a_colour_profile_on_a_grey_photo_causes_no_error():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(Image.new("L", (120, 120), 55), "PNG", icc_profile=profile)
    assert is_close(decoded(data).getpixel((60, 60)), (55, 55, 55), tolerance=1)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 8}])
class TestAJpegWithoutItsEnd:
    @pytest.fixture
    def complete(self, mode, options):
        return encoded(dermoscopy_like(6, (320, 240)).convert(mode), **options)

    @pytest.mark.parametrize("tail", [b"", b"\xff", b"\0\0", b"\0\xff\xff"])
    def test_a_jpeg_without_its_end_marker_is_read(self, complete, tail):
        assert decoded(complete[:-2] + tail).tobytes() == decoded(complete).tobytes()

    @pytest.mark.parametrize("cut", [12, 40, 200, 1000, 3000])
    @pytest.mark.parametrize("tail", [b"", b"\xff\xff", b"\0" * 8])
    def test_a_jpeg_that_is_really_truncated_is_refused(self, complete, cut, tail):
        assert fault(complete[:-cut] + tail) is ImageFault.TRUNCATED


def test_a_large_jpeg_without_its_end_is_read_reduced():
    assert decoded(encoded(halves(size=(6200, 4000)))[:-2]).size == (3100, 2000)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_transparent_pixels_become_white(image_format):
    clear = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    assert decoded(encoded(clear, image_format)).getpixel((60, 60)) == (255, 255, 255)


@pytest.mark.parametrize("transparency", [0, bytes([0, 128])])
def test_a_transparent_palette_colour_becomes_white(transparency):
    data = encoded(Image.new("P", (120, 120), 0), "PNG", transparency=transparency)
    assert decoded(data).getpixel((60, 60)) == (255, 255, 255)


def test_half_transparent_grey_is_mixed_with_white():
    data = encoded(Image.new("LA", (120, 120), (100, 128)), "PNG")
    assert is_close(decoded(data).getpixel((60, 60)), (177, 177, 177), tolerance=2)


def test_the_format_is_detected_from_the_content():
    stream = io.BytesIO(encoded(halves(), "WEBP"))
    stream.name = "photo.jpg"
    assert decode(stream).size == (240, 160)


def test_a_large_photo_is_reduced():
    assert decoded(encoded(halves(size=(5000, 2500)))).size == (4096, 2048)


def test_the_size_before_reduction_is_returned():
    assert images.upright_size(io.BytesIO(encoded(halves(size=(5000, 2500))))) == (5000, 2500)


@pytest.mark.parametrize("image_format", ["BMP", "TIFF"])
def test_bmp_and_tiff_are_decoded_only_on_request(image_format):
    data = encoded(halves(), image_format)
    assert fault(data) is ImageFault.NOT_AN_IMAGE
    assert decode(io.BytesIO(data), images.DATA_FORMATS).size == (240, 160)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("size", "reduced"), [((8370, 5859), (4096, 2868)), ((8064, 6048), (4032, 3024))]
)
def test_the_memory_for_the_largest_photo_is_limited(size, reduced):
    program = (
        "import re, sys; from pathlib import Path; from ml.preprocessing.images import decode\n"
        f"assert decode(sys.stdin.buffer).size == {reduced}\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    data = encoded(Image.new("RGB", size, RED))
    ran = subprocess.run(
        [sys.executable, "-c", program], input=data, capture_output=True, check=True
    )
    assert int(ran.stdout) < 250_000  # in kB; Python and its modules take about 70,000


def test_a_lack_of_memory_is_not_blamed_on_the_photo(monkeypatch):
    def run_out(image):
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", run_out)
    with pytest.raises(MemoryError):
        decoded(encoded(halves()))


SMALL = dermoscopy_like(5, (128, 104))
SEEDS = {name: saved(SMALL, name) for name in ("JPEG", "PNG", "WEBP", "HEIC")}


@st.composite
def damaged(draw):
    data = bytearray(SEEDS[draw(st.sampled_from(sorted(SEEDS)))])
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data) - 1))
        data[start : start + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(data[: draw(st.integers(20, len(data)))] if draw(st.booleans()) else data)


@settings(max_examples=150, deadline=None)
@given(damaged())
def test_damaged_bytes_give_an_image_error_or_a_valid_photo(data):
    try:
        image = decoded(data)
    except ImageError:
        return
    assert image.mode == "RGB"
    assert min(image.size) >= images.MIN_SIDE
    assert len(image.tobytes()) == image.width * image.height * 3
