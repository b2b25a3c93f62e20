import numpy as np
import pytest

from ml.augmentation import refused_scenes
from ml.augmentation.refused_scenes import Outlined
from ml.preprocessing.network_input import standard_view
from ml.serving import gate, refusal_reasons
from tests.ml.serving.test_refusal_reasons import skin, spots


def photo(*places):
    """Return a photo of spots with their outline. A place is x, y and radius in 800 x 600 px."""
    with_spot, without = standard_view(spots(*places)), standard_view(skin())
    return Outlined(with_spot, (without.astype(int) - with_spot).max(-1) > 20)


@pytest.fixture
def generator():
    return np.random.default_rng(0)


PHOTOS = [photo((400, 300, radius)) for radius in (60, 80, 100)]


def spots_in(picture):
    return refusal_reasons.spots(picture.astype(np.float32) @ gate.LUMA)


def test_bare_skin_contains_no_part_of_the_spot(generator):
    pictures = refused_scenes.make(refused_scenes.bare_skin, PHOTOS, 5, generator)
    assert pictures.shape == (5, 150, 200, 3)
    assert all(picture.min() > 110 for picture in pictures)


def test_no_scene_is_made_without_a_photo_that_shows_skin(generator):
    covered = [Outlined(PHOTOS[0].pixels, np.ones((150, 200), bool))]
    assert len(refused_scenes.make(refused_scenes.bare_skin, covered, 5, generator)) == 0
    assert len(refused_scenes.make(refused_scenes.one_spot, covered, 5, generator)) == 0
    assert len(refused_scenes.make(refused_scenes.bare_skin, [], 5, generator)) == 0


def test_a_scene_of_several_spots_has_at_least_two(generator):
    pictures = refused_scenes.make(refused_scenes.several_spots, PHOTOS, 5, generator)
    assert len(pictures)
    assert all(len(spots_in(picture)) >= 2 for picture in pictures)


def test_a_far_spot_is_small(generator):
    for picture in refused_scenes.make(refused_scenes.far_spot, PHOTOS, 5, generator):
        assert (picture.min(-1) < 110).mean() < 0.01


def test_photos_side_by_side_fill_the_picture(generator):
    pictures = refused_scenes.make(refused_scenes.several_photos, PHOTOS, 5, generator)
    assert (pictures > 0).all()


def test_a_screenshot_whose_photo_can_be_cropped_out_is_not_used(generator):
    pictures = refused_scenes.make(refused_scenes.screenshot, PHOTOS, 10, generator)
    assert 0 < len(pictures) <= 10
    # The remaining screenshots show more than skin.
    assert all((np.ptp(picture, -1) < 12).mean() > 0.1 for picture in pictures)
