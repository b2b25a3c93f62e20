import numpy as np
import pytest

from ml.features.studies import rephotographed
from tests.ml.features.shapes import BROWN, SKIN, ellipse, photo


@pytest.mark.parametrize("degrees", rephotographed.ANGLES)
def test_turning_keeps_all_of_a_lesion_that_fills_its_photo_and_adds_skin(degrees):
    mask = ellipse(220, 290)
    pixels, turned = rephotographed.turned(photo(mask), mask, degrees)
    assert turned.sum() == pytest.approx(mask.sum(), rel=0.01)
    assert rephotographed.is_whole(turned)
    assert np.abs(pixels[turned].mean(0) - BROWN).max() < 2
    assert np.abs(pixels[~turned].mean(0) - SKIN).max() < 2


def test_turning_keeps_the_photos_sides_if_the_lesion_fits():
    mask = ellipse(40, 140)
    assert rephotographed.turned(photo(mask), mask, 20)[1].shape == (450, 600)
    assert rephotographed.turned(photo(mask), mask, 90)[1].shape == (600, 450)


def test_scaling_keeps_the_lesions_share_and_jpeg_keeps_its_mask():
    mask = ellipse(90, 140)
    pixels, scaled = rephotographed.scaled(photo(mask), mask, 0.5)
    assert pixels.shape == (225, 300, 3)
    assert scaled.mean() == pytest.approx(mask.mean(), rel=0.01)
    pixels, same = rephotographed.compressed(photo(mask), mask, 50)
    assert (pixels != photo(mask)).any()
    assert (same == mask).all()


def test_a_lesion_that_touches_an_edge_is_not_whole():
    mask = ellipse()
    assert rephotographed.is_whole(mask)
    mask[225, :300] = True
    assert not rephotographed.is_whole(mask)
