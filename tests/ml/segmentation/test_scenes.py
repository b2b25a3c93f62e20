import numpy as np
import pytest

from ml.segmentation import scenes
from ml.segmentation.grid import HEIGHT, WIDTH
from ml.segmentation.scenes import Scene


@pytest.fixture
def generator():
    return np.random.default_rng(5)


def scene(left, right):
    """Return grey skin with a lesion from column `left` to `right`."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, left:right] = 255
    pixels = np.full((HEIGHT, WIDTH, 3), 180, np.uint8)
    pixels[mask > 0] = 60
    return Scene(pixels, mask)


def test_two_pictures_side_by_side_keep_their_masks():
    both = scenes.beside(scene(0, WIDTH), scene(0, 0))
    assert both.pixels.shape == (HEIGHT, WIDTH, 3)
    assert (both.mask[:, : WIDTH // 2] == 255).all()
    assert not both.mask[:, WIDTH // 2 :].any()


def test_bare_skin_is_a_corner_without_lesion():
    bare = scenes.bare_skin(scene(70, 120))
    assert bare.pixels.shape == (HEIGHT, WIDTH, 3)
    assert not bare.mask.any()
    assert (bare.pixels == 180).all()


def test_a_lesion_in_every_corner_leaves_no_bare_skin():
    assert scenes.bare_skin(scene(0, WIDTH)) is None


def test_hairs_cover_the_lesion_and_keep_its_mask(generator):
    before = scene(60, 130)
    after = scenes.hairy(before, generator)
    assert (after.pixels != before.pixels).any()
    assert (after.mask == before.mask).all()


def test_the_part_hidden_by_the_tube_does_not_belong_to_the_lesion(generator):
    picture = scenes.vignetted(scene(0, WIDTH), generator)
    assert picture.mask[HEIGHT // 2, WIDTH // 2] == 255
    assert picture.mask[0, 0] == 0
    assert picture.pixels[0, 0].max() < 35
