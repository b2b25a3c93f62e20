import numpy as np
import pytest
from PIL import Image

from ml.preprocessing import network_input
from ml.preprocessing.network_input import HEIGHT, WIDTH
from ml.preprocessing.views import HEAD, VERSION, OutdatedViewsError, Views
from tests.ml.preprocessing.test_framing import in_disc
from tests.pictures import dermoscopy_like

PHOTOS = {
    "4:3": dermoscopy_like(1, (800, 600)),
    "portrait": dermoscopy_like(2, (800, 600)).transpose(Image.Transpose.ROTATE_90),
    "small": dermoscopy_like(3, (160, 120)),
    "square": dermoscopy_like(4, (700, 700)),
    "framed": in_disc(dermoscopy_like(5, (800, 600)), 0.9),
}
photos = pytest.mark.parametrize("photo", PHOTOS.values(), ids=PHOTOS)


@photos
def test_stored_views_are_read_back_unchanged(photo):
    views = Views.of(photo)
    kept = Views.from_bytes(views.to_bytes())
    assert (
        (kept.size, kept.box) == (views.size, views.box) == (photo.size, network_input.frame(photo))
    )
    assert (kept.framed == views.framed).all()
    assert (kept.whole == views.whole).all()


@photos
def test_the_classifier_gets_the_same_view_as_in_training(photo):
    assert (Views.of(photo).framed == network_input.framed_view(photo)).all()


@photos
def test_the_whole_view_has_the_photos_orientation_and_at_most_a_standard_views_area(photo):
    full_view = Views.of(photo).whole
    assert full_view.shape[0] * full_view.shape[1] <= 1.02 * WIDTH * HEIGHT
    small = photo.resize(full_view.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(full_view.astype(int) - np.asarray(small)).mean() < 3


@pytest.mark.parametrize("size", [(1500, 2000), (1501, 2003), (600, 2400), (150, 200)])
def test_a_portrait_picture_has_the_view_of_the_picture_on_its_side(size):
    photo = dermoscopy_like(6, size)
    expected = network_input.lying(photo).resize(
        (WIDTH, HEIGHT), Image.Resampling.BICUBIC, reducing_gap=3.0
    )
    assert (network_input.standard_view(photo) == np.asarray(expected)).all()


@pytest.mark.parametrize("size", [(2000, 1500), (1999, 1483), (130, 110)])
def test_the_view_of_a_part_equals_the_view_of_the_cropped_picture(size):
    photo, box = dermoscopy_like(7, size), (13, 7, size[0] - 5, size[1] - 21)
    cut = network_input.standard_view(photo.crop(box))
    assert (network_input.standard_view(photo, box) == cut).all()


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: b"",
        lambda kept: kept[: HEAD.size],
        lambda kept: kept[:-200],
        lambda kept: bytes([VERSION + 1]) + kept[1:],
        lambda kept: kept[:1] + bytes(8) + kept[9:],
        lambda kept: kept[: HEAD.size] + b"no pixels",
    ],
)
def test_damaged_and_outdated_views_are_refused(damage):
    kept = Views.of(PHOTOS["small"]).to_bytes()
    with pytest.raises(OutdatedViewsError):
        Views.from_bytes(damage(kept))


def test_a_4_by_3_photo_without_a_frame_stores_its_pixels_once():
    assert len(Views.of(PHOTOS["4:3"]).to_bytes()) < 0.7 * len(
        Views.of(PHOTOS["square"]).to_bytes()
    )
