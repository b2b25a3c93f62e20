import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from ml.features import asymmetry
from ml.features.lesion import cut
from tests.ml.features.shapes import BROWN, ellipse, half_ellipse, photo

TAN = (170, 116, 84)


def asymmetries(mask, inside=BROWN):
    polar = asymmetry.unroll(cut(photo(mask, inside), mask))
    return asymmetry.shape_asymmetry(polar), asymmetry.colour_asymmetry(polar)


def two_halves(angle=0.0):
    """Return a picture that is brown on one side of its middle line and tan on the other."""
    rows, columns = np.mgrid[-225:225, -300:300] + 0.5
    side = np.cos(angle) * rows > np.sin(angle) * columns
    return np.where(side[..., None], BROWN, TAN)


def counted_asymmetry(mask):
    """Return the share of a mask outside its left-right mirror image about the centroid."""
    columns = np.nonzero(mask)[1]
    mirrored = np.rint(2 * columns.mean() - np.arange(mask.shape[1])).astype(int)
    inside = (mirrored >= 0) & (mirrored < mask.shape[1])
    image = np.zeros_like(mask)
    image[:, inside] = mask[:, mirrored[inside]]
    return 1 - (mask & image).sum() / mask.sum()


def test_the_asymmetry_of_half_an_ellipse_agrees_with_counted_pixels():
    shape, _ = asymmetries(half_ellipse())
    assert shape[asymmetry.ANGLES // 2] == pytest.approx(counted_asymmetry(half_ellipse()), rel=0.1)
    assert shape[0] == pytest.approx(0, abs=0.02)


def test_a_circle_is_symmetric_about_every_axis():
    shape, colour = asymmetries(ellipse())
    assert shape.max() < 0.02
    assert colour.max() < 1


@pytest.mark.parametrize("angle", [0.0, 0.5, 1.2])
def test_a_round_lesion_of_two_colours_is_asymmetric_about_one_axis_at_any_angle(angle):
    mask = ellipse()
    result = asymmetry.measure(cut(photo(mask, two_halves(angle)), mask))
    assert result.score == 1
    tan, brown = rgb2lab(np.array([[TAN, BROWN]], np.uint8))[0]
    # Mirrored about one axis, all pixels differ from their images. About the other, none do.
    assert result.colour == pytest.approx(deltaE_ciede2000(tan, brown) / 2, rel=0.1)


def test_patches_off_both_axes_make_a_lesion_asymmetric_about_both():
    mask = ellipse(100, 200)
    inside = two_halves()
    inside[:, 300:] = BROWN
    inside[:225, 350:] = (20, 20, 20)
    assert asymmetry.measure(cut(photo(mask, inside), mask)).score == 2
