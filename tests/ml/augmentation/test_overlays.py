import numpy as np
import pytest

from ml.augmentation import overlays
from ml.augmentation.overlays import BANK, KINDS, bank


@pytest.mark.parametrize("draw", {*KINDS}, ids=lambda draw: draw.__name__)
def test_an_overlay_covers_a_part_of_the_picture(draw):
    opacity, colour = draw(np.random.default_rng(1))
    assert opacity.shape == (150, 200, 1)
    assert 0 < opacity.max() <= 1
    assert 0.001 < opacity.mean() < 0.3
    assert colour.shape == (3,)
    assert (colour >= 0).all()
    assert (colour <= 255).all()


def test_more_hairs_cover_more_of_the_picture():
    few, many = (overlays.hairs(np.random.default_rng(2), n).opacity.mean() for n in (3, 30))
    assert many > 3 * few


def test_the_set_of_overlays_is_fixed():
    opacities, colours = bank()
    assert (len(opacities), len(colours)) == (BANK, BANK)
    again = KINDS[0](np.random.default_rng(0))
    assert np.rint(again.opacity * 255) == pytest.approx(opacities[0])
