import numpy as np
import pytest
from PIL import Image

from ml.preprocessing.colour_conversion import (
    ADOBE,
    BT709,
    BT2020,
    DISPLAY_P3,
    HLG,
    PQ,
    Encoding,
    measured,
    to_srgb,
)

# x and y of white, red, green and blue.
SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)


def converted(colour, encoding, mode="RGB"):
    return to_srgb(Image.new(mode, (2, 2), colour), encoding).getpixel((0, 0))


def assert_close(colour, expected, tolerance=2):
    assert np.abs(np.subtract(colour, expected)).max() <= tolerance, (colour, expected)


@pytest.mark.parametrize(
    ("adobe", "srgb"),
    [
        ((219, 0, 0), (255, 0, 0)),
        ((144, 255, 60), (0, 255, 0)),
        ((0, 0, 250), (0, 0, 255)),
        ((255, 255, 255), (255, 255, 255)),
        ((127, 127, 127), (127, 127, 127)),
        ((0, 0, 0), (0, 0, 0)),
    ],
)
def test_adobe_rgb_is_converted(adobe, srgb):
    assert_close(converted(adobe, Encoding(ADOBE, 563 / 256)), srgb)


@pytest.mark.parametrize(
    ("p3", "srgb"), [((234, 51, 35), (255, 0, 0)), ((117, 251, 76), (0, 255, 0))]
)
def test_display_p3_is_converted(p3, srgb):
    assert_close(converted(p3, Encoding(DISPLAY_P3)), srgb, 4)


@pytest.mark.parametrize(
    ("signal", "curve", "level"),
    [
        # BT.2408, table 1: 203 cd/m² is 58 % in PQ and 75 % in HLG; 26 cd/m² is 38 % in both.
        (0.58, PQ, 242),
        (0.75, HLG, 246),
        (0.38, PQ, 101),
        (0.38, HLG, 98),
        (0.0, PQ, 0),
        (0.0, HLG, 0),
        (1.0, PQ, 255),
        (1.0, HLG, 255),
    ],
)
def test_high_dynamic_range_is_compressed_and_203_nits_become_nearly_white(signal, curve, level):
    grey = (round(signal * 255),) * 3
    assert_close(converted(grey, Encoding(BT2020, curve)), (level,) * 3, 4)


@pytest.mark.parametrize("curve", [PQ, HLG])
def test_brighter_signals_never_become_darker(curve):
    levels = [converted((n, n, n), Encoding(BT2020, curve)) for n in range(0, 256, 5)]
    assert levels == sorted(levels)


@pytest.mark.parametrize(("curve", "signal"), [(PQ, (131, 123, 116)), (HLG, (166, 147, 131))])
def test_skin_has_natural_colours_in_high_dynamic_range(curve, signal):
    # By the formulas of BT.2100 and BT.2087, with white at 203 cd/m².
    assert_close(converted(signal, Encoding(BT2020, curve)), (209, 161, 143), 6)


def test_linear_light_becomes_srgb():
    assert converted(55, Encoding(BT709, 1.0), "L") == 128
    assert_close(converted((55, 13, 255), Encoding(BT709, 1.0)), (128, 64, 255))


def test_srgb_and_cmyk_pixels_stay_unchanged():
    assert converted((1, 2, 3), Encoding()) == (1, 2, 3)
    assert converted((1, 2, 3, 4), Encoding(ADOBE), "CMYK") == (1, 2, 3, 4)


def test_chromaticities_near_srgb_count_as_srgb():
    assert measured(tuple(n + 0.002 for n in SRGB)) == BT709
    assert measured((0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)) == ADOBE


@pytest.mark.parametrize(
    "points",
    [
        (),
        (0.3, 0.3),
        (0.0,) * 8,
        (0.3,) * 8,
        (0.3, 0.3, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4),
        (0.3, 0.3, 0.64, 0.9, 0.21, 0.71, 0.15, 0.06),
        (0.3, 0.0, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06),
        (42949.0,) * 8,
    ],
)
def test_invalid_chromaticities_count_as_srgb(points):
    assert measured(points) == BT709
