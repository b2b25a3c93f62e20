import numpy as np
import pytest

from ml.augmentation.ranges import STILL
from ml.augmentation.surroundings import add

GREY = np.full((16, 150, 200, 3), 120, np.float32)
EDGES = np.tile(
    np.repeat([90.0, 150.0], 100).astype(np.float32)[None, None, :, None], (4, 150, 1, 3)
)


def changed(pictures, **ranges):
    return np.asarray(add(pictures, (3, 4), STILL._replace(**ranges)))


def test_nothing_is_added_by_default():
    assert (changed(GREY) == GREY).all()


@pytest.mark.parametrize("name", ["overlaid", "vignette", "glare"])
def test_each_effect_is_applied_to_its_share_of_pictures(name):
    touched = np.abs(changed(GREY, **{name: 0.5}) - GREY).max((1, 2, 3)) > 1
    assert 3 <= touched.sum() <= 13
    assert not (changed(GREY, **{name: 0.0}) != GREY).any()


def test_a_vignette_darkens_corners_and_leaves_the_middle():
    dark = changed(GREY, vignette=1.0)
    assert dark[:, 60:90, 80:120] == pytest.approx(120, abs=0.5)
    assert dark[:, 0, 0].mean() < 60


def test_glare_only_brightens():
    bright = changed(GREY, glare=1.0)
    assert bright.min() >= 120 - 1e-3
    assert bright.max() > 150


def test_sharpening_adds_contrast_at_an_edge():
    sharp = changed(EDGES, sharpened=1.0)
    assert sharp[:, :, 100].mean() > 155
    assert sharp[:, :, 50].mean() == pytest.approx(90, abs=0.5)


def test_gamma_changes_middle_grey_but_not_black_or_white():
    ends = np.stack([np.zeros((8, 8, 3)), np.full((8, 8, 3), 255.0)]).astype(np.float32)
    assert changed(ends, gamma=1.5) == pytest.approx(ends, abs=0.6)
    assert np.abs(changed(GREY, gamma=1.5) - GREY).max() > 5
