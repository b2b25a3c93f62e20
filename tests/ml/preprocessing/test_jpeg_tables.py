"""A JPEG's tables are returned only if decoding changes neither its pixels nor their blocks."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from ml.preprocessing.images import decode_with_tables
from ml.preprocessing.jpeg_tables import FINEST, SIDEWAYS, JpegTables
from tests.factories import encoded
from tests.ml.preprocessing.test_images import profile_with_red_and_blue_swapped
from tests.pictures import dermoscopy_like

SIZE = (320, 240)


def tables_of(data):
    return decode_with_tables(io.BytesIO(data))[1]


def jpeg(size=SIZE, orientation=1, image_format="JPEG", **options):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(dermoscopy_like(1, size), image_format, exif=exif, **options)


def recompressed(image, tables):
    qtables = [tables.luminance, tables.colour]
    return encoded(image, qtables=qtables, subsampling=tables.sampling)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("sampling", [0, 2])
def test_pixels_compressed_again_with_the_same_tables_hardly_change(orientation, sampling):
    image, tables = decode_with_tables(
        io.BytesIO(jpeg(orientation=orientation, quality=80, subsampling=sampling))
    )
    kept = Image.open(io.BytesIO(recompressed(image, tables)))
    other = Image.open(io.BytesIO(encoded(image, quality=80, subsampling=2 - sampling)))
    assert mean_difference(image, kept) < 0.3
    assert mean_difference(image, kept) < mean_difference(image, other) / 2


def mean_difference(first, other):
    return np.abs(np.asarray(first, float) - np.asarray(other)).mean()


@pytest.mark.parametrize(
    "data",
    [
        jpeg(image_format="PNG"),
        # Reduced, while decoding or afterwards.
        jpeg(size=(8192, 600), quality=80),
        jpeg(size=(4400, 400), quality=80),
        # Turned, with blocks cut off at an edge, or with 4:2:2 sampling.
        jpeg(size=(324, 240), orientation=6, quality=80),
        jpeg(orientation=6, quality=80, subsampling=1),
        encoded(dermoscopy_like(1, SIZE).convert("L")),
        encoded(dermoscopy_like(1, SIZE).convert("CMYK")),
        encoded(dermoscopy_like(1, SIZE), keep_rgb=True),
        encoded(dermoscopy_like(1, SIZE), qtables=[[300] * 64, [16] * 64]),
    ],
    ids=[
        "png",
        "reduced while decoding",
        "reduced afterwards",
        "partial blocks",
        "4:2:2",
        "grey",
        "cmyk",
        "rgb",
        "coarse",
    ],
)
def test_changed_pixels_and_unusual_files_have_no_tables(data):
    assert tables_of(data) is None


def test_a_photo_with_converted_colours_has_no_tables():
    swapped = profile_with_red_and_blue_swapped()
    assert tables_of(encoded(dermoscopy_like(1, SIZE), icc_profile=swapped)) is None


def test_colours_that_are_already_srgb_are_not_converted():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain, tagged = (jpeg(icc_profile=profile) for profile in (None, srgb))
    images = [decode_with_tables(io.BytesIO(data))[0] for data in (plain, tagged)]
    assert images[0].tobytes() == images[1].tobytes()
    assert tables_of(tagged) == tables_of(plain) is not None


@pytest.mark.parametrize(("quality", "is_kept"), [(60, True), (FINEST, True), (100, False)])
def test_tables_finer_than_the_finest_stored_tables_are_replaced(quality, is_kept):
    tables = tables_of(jpeg(quality=quality))
    assert (tables.bounded() == tables) == is_kept
    assert tables.bounded().luminance >= tables_of(jpeg(quality=FINEST)).luminance


def test_tables_are_transposed_with_the_photo():
    tables = JpegTables(tuple(range(64)), tuple(range(64)), 0)
    turn = next(iter(SIDEWAYS))
    assert tables.turned(turn, SIZE).luminance[:3] == (0, 8, 16)
    assert tables.turned(Image.Transpose.ROTATE_180, SIZE) == tables
