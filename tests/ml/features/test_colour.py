import numpy as np
import pytest
from skimage.color import rgb2lab

from ml.features import colour, measure
from ml.features.lesion import cut
from tests.ml.features.shapes import ellipse, photo

NAMES = list(colour.TYPICAL)


def striped(shares):
    """Return a picture of vertical stripes, given the share of each named colour."""
    inside = np.zeros((450, 600, 3), int)
    left = 150
    for name, share in shares.items():
        inside[:, left : left + round(300 * share)] = colour.TYPICAL[name]
        left += round(300 * share)
    return inside


def square():
    mask = np.zeros((450, 600), bool)
    mask[75:375, 150:450] = True
    return mask


@pytest.mark.parametrize("name", NAMES)
def test_a_painted_colour_is_recognised(name):
    shares = colour.shares(cut(photo(ellipse(), colour.TYPICAL[name]), ellipse()))
    assert shares[NAMES.index(name)] > 0.9
    assert shares.sum() == pytest.approx(1)


def test_shares_of_painted_colours_are_measured_and_the_colours_counted():
    painted = {"light_brown": 0.5, "dark_brown": 0.3, "black": 0.2}
    measures = measure(photo(square(), striped(painted)), square())
    for name, share in painted.items():
        assert getattr(measures, f"colour_{name}") == pytest.approx(share, rel=0.1)
    assert measures.colour_count == 3


def test_a_reddish_lamp_does_not_turn_brown_into_red():
    pixels = photo(ellipse(), colour.TYPICAL["light_brown"]) * np.array([1, 0.88, 0.92])
    shares = colour.shares(cut(pixels.astype(np.uint8), ellipse()))
    assert shares[NAMES.index("light_brown")] > 0.9


def test_pixels_no_lighter_than_the_skin_are_not_white():
    mask = ellipse()
    pixels = np.where(mask[..., None], (225, 218, 214), (240, 236, 232)).astype(np.uint8)
    assert colour.shares(cut(pixels, mask))[NAMES.index("white")] == 0


def test_variegation_of_two_halves_is_half_the_distance_between_their_colours():
    first, other = (colour.TYPICAL[name] for name in ("light_brown", "dark_brown"))
    lesion = cut(photo(square(), striped({"light_brown": 0.5, "dark_brown": 0.5})), square())
    lab = rgb2lab(np.array([[first, other]], np.uint8))[0]
    expected = np.linalg.norm(lab[0] - lab[1]) / 2
    assert colour.variegation(lesion) == pytest.approx(expected, rel=0.1)
