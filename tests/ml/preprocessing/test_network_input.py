import numpy as np
import pytest
from PIL import Image

from ml.preprocessing import network_input
from ml.preprocessing.network_input import (
    MIRRORED,
    SCALES,
    averaged,
    neutral_light,
    standard_view,
    zoomed,
)
from tests.pictures import dermoscopy_like


@pytest.mark.parametrize("size", [(200, 150), (3072, 2304), (150, 150), (100, 4000), (1920, 1080)])
def test_every_picture_becomes_the_same_size(size):
    view = standard_view(Image.new("RGB", size, (1, 2, 3)))
    assert view.shape == (150, 200, 3)
    assert view.dtype == np.uint8
    assert (view == (1, 2, 3)).all()


def test_a_portrait_picture_is_turned_and_not_squeezed():
    picture = dermoscopy_like(1)
    portrait = picture.transpose(Image.Transpose.ROTATE_270)
    assert (standard_view(portrait) == standard_view(picture)).all()


def test_fine_stripes_fade_instead_of_aliasing():
    stripes = np.zeros((1500, 2000, 3), np.uint8)
    stripes[:, ::2] = 255
    view = standard_view(Image.fromarray(stripes))
    assert np.ptp(view[:, 2:-2]) < 10


def test_a_picture_of_the_standard_size_stays_unchanged():
    picture = dermoscopy_like(2, (200, 150))
    assert (standard_view(picture) == np.asarray(picture)).all()


def test_a_lamps_tint_is_removed():
    view = standard_view(dermoscopy_like(3))
    warm = np.clip(view * (1.1, 1.0, 0.8), 0, 255).astype(np.uint8)
    assert np.abs(neutral_light(warm) - neutral_light(view).astype(int)).mean() < 4
    assert np.abs(warm - view.astype(int)).mean() > 10


def test_neutral_light_is_computed_for_each_picture_of_a_batch():
    batch = np.stack([standard_view(dermoscopy_like(seed)) for seed in (4, 5)])
    assert (neutral_light(batch)[1] == neutral_light(batch[1])).all()


def test_a_black_picture_stays_black():
    assert not neutral_light(np.zeros((150, 200, 3), np.uint8)).any()


def test_a_zoomed_view_is_the_enlarged_middle():
    dot = np.zeros((150, 200, 3), np.uint8)
    dot[60:90, 80:120] = 200
    middle = zoomed(dot, 1.5)
    assert middle.shape == dot.shape
    assert (middle > 100).sum() == pytest.approx(1.5**2 * (dot > 100).sum(), rel=0.05)
    assert (zoomed(dot, 1.0) == dot).all()


def test_without_zoom_every_mirror_image_occurs_once():
    view = standard_view(dermoscopy_like(4))
    # All zooms of MIRRORED are 1, so the inputs differ only in their orientation.
    inputs = {picture.tobytes() for picture in averaged(view, MIRRORED)}
    turned = [view[::down, ::across] for down in (1, -1) for across in (1, -1)]
    assert inputs == {neutral_light(picture).astype(np.float32).tobytes() for picture in turned}


def test_the_inputs_of_the_last_photo_are_cached_for_its_saliency_map(monkeypatch):
    calls, balance = [], network_input.neutral_light
    monkeypatch.setattr(
        network_input, "neutral_light", lambda view: calls.append(view) or balance(view)
    )
    view = standard_view(dermoscopy_like(6))
    assert (averaged(view, SCALES) == averaged(view.copy(), SCALES)).all()
    assert len(calls) == len({*SCALES})
    averaged(255 - view, SCALES)
    assert len(calls) == 2 * len({*SCALES})


def test_the_first_input_is_the_whole_view_in_neutral_light_and_the_last_is_zoomed():
    view = standard_view(dermoscopy_like(5))
    first, *_, last = averaged(view, SCALES)
    assert (first == neutral_light(view)).all()
    assert (last[::-1] == neutral_light(zoomed(view, SCALES[-1]))).all()
    assert (last[::-1] != first).any()
