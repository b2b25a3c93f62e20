import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage.filters import sato

from ml.features import texture
from ml.features.lesion import cut
from tests.ml.features.shapes import BROWN, ellipse, photo

EVERYWHERE = np.ones((64, 64), bool)


def checkerboard(cell):
    """Return squares whose L* has the levels 8 and 24 of 32."""
    rows, columns = np.mgrid[:64, :64] // cell
    return np.where((rows + columns) % 2, 25.0, 75.0)


def test_a_checkerboard_has_the_co_occurrences_counted_by_hand():
    # The second pixel of a pair is two columns or rows away, in a square of the other level. On a
    # diagonal it is one column and one row away, and half of the time in such a square.
    features = texture.co_occurrence(checkerboard(2), EVERYWHERE)
    assert features.contrast == pytest.approx((16**2 + 16**2 / 2) / 2, rel=0.02)
    assert features.correlation == pytest.approx(-0.5, rel=0.02)
    assert features.energy == pytest.approx((np.sqrt(0.5) + 0.5) / 2, rel=0.02)
    other = 1 / (1 + 16**2)
    assert features.homogeneity == pytest.approx((other + (1 + other) / 2) / 2, rel=0.02)


def test_an_even_surface_has_neither_contrast_nor_patterns():
    flat = np.full((64, 64), 50.0)
    features = texture.co_occurrence(flat, EVERYWHERE)
    assert (features.contrast, features.energy, features.homogeneity) == (0, 1, 1)
    assert texture.lbp_entropy(flat, np.pad(EVERYWHERE[4:, 4:], 2)) == 0


def test_pixels_outside_the_mask_change_nothing():
    mask = EVERYWHERE.copy()
    mask[:, 32:] = False
    noisy = checkerboard(2)
    noisy[:, 32:] = np.random.default_rng(0).uniform(0, 100, (64, 32))
    alone = texture.co_occurrence(checkerboard(2)[:, :32], EVERYWHERE[:, :32])
    assert texture.co_occurrence(noisy, mask) == pytest.approx(alone)


def test_noise_has_more_patterns_than_stripes():
    noise = np.random.default_rng(0).uniform(0, 100, (64, 64))
    stripes = np.broadcast_to(np.arange(64) // 8 % 2 * 50.0, (64, 64))
    assert texture.lbp_entropy(stripes, EVERYWHERE) < texture.lbp_entropy(noise, EVERYWHERE) <= 3.33


def test_a_drawn_network_is_detected_and_plain_pigment_is_not():
    mask = ellipse()
    image = Image.fromarray(photo(mask, (150, 104, 80)))
    pen = ImageDraw.Draw(image)
    for place in range(0, 600, 24):
        pen.line((place, 0, place, 450), fill=BROWN, width=6)
        pen.line((0, place, 600, place), fill=BROWN, width=6)
    assert texture.network(cut(np.asarray(image), mask)) > 0.25
    assert texture.network(cut(photo(mask), mask)) < 0.05


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_darkness_of_lines_agrees_with_scikit_image(dtype):
    lightness = np.random.default_rng(0).uniform(0, 100, (40, 60)).astype(dtype)
    measured = texture.dark_lines(lightness)
    assert np.array_equal(measured, sato(lightness, sigmas=[texture.LINE]))
    assert measured.dtype == dtype
