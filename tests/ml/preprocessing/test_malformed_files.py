"""Malformed and hostile files give the correct picture or the correct fault."""

import io

import numpy as np
import pytest
from PIL import Image

from ml.preprocessing.images import ImageError, decode
from tests.malformed_files import (
    BLUE,
    READABLE,
    RED,
    SIZE,
    UNUSABLE,
    halves,
    png,
    saved,
    sixteen_bits,
)


def decoded(data):
    return decode(io.BytesIO(data))


def assert_close(pixel, expected, tolerance=40):
    assert max(abs(a - b) for a, b in zip(pixel, expected, strict=True)) <= tolerance


@pytest.mark.parametrize("name", READABLE)
def test_an_unusual_file_gives_the_correct_picture(name):
    image = decoded(READABLE[name])
    assert (image.mode, image.size, image.info) == ("RGB", SIZE, {})
    assert_close(image.getpixel((20, 80)), RED)
    assert_close(image.getpixel((220, 80)), BLUE)


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_has_its_fault(name):
    data, fault = UNUSABLE[name]
    with pytest.raises(ImageError) as caught:
        decoded(data)
    assert caught.value.fault is fault


def test_16_bit_grey_with_alpha_keeps_its_brightness_on_white():
    samples = np.array([[100, 128]] * (120 * 120), ">u2") * 257
    image = decoded(png(samples.tobytes(), bits=16, colour=4, size=(120, 120)))
    assert_close(image.getpixel((60, 60)), (177, 177, 177), tolerance=2)


def test_the_transparent_level_of_16_bit_grey_becomes_white():
    grey = Image.fromarray(np.array([[40_000] * 60 + [40_001] * 60] * 120, np.uint16))
    image = decoded(saved(grey, "PNG", transparency=40_000))
    assert [image.getpixel((x, 60)) for x in (20, 100)] == [(255,) * 3, (156,) * 3]


def test_16_bit_grey_is_as_bright_as_8_bit():
    image = decoded(png(sixteen_bits("L"), bits=16, colour=0))
    assert image.tobytes() == halves("L").convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("size", "reduced"), [((6500, 800), (3250, 400)), ((5000, 800), (4096, 655))]
)
def test_a_large_picture_that_is_not_a_jpeg_is_reduced(size, reduced):
    image = decoded(saved(halves(size=size), "PNG"))
    assert image.size == reduced
    assert_close(image.getpixel((50, 50)), RED)
