import numpy as np
import pytest
from PIL import Image, ImageFilter

from ml.preprocessing.network_input import standard_view
from ml.serving.gate import GateLimits, Refusal, measure, refuse_quality
from tests.pictures import dermoscopy_like

LIMITS = GateLimits(min_brightness=50, max_burnt_out=0.3, min_detail=1.5, min_lesion_score=0)


def refusal(picture):
    return refuse_quality(measure(standard_view(picture)), LIMITS)


def darkened(picture):
    return picture.point(lambda value: value // 6)


def burnt_out(picture):
    return picture.point(lambda value: min(value * 2, 255))


def blurred(picture):
    return picture.filter(ImageFilter.GaussianBlur(20))


def test_a_good_photo_passes():
    assert refusal(dermoscopy_like(1)) is None


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (darkened, Refusal.TOO_DARK),
        (burnt_out, Refusal.OVER_EXPOSED),
        (blurred, Refusal.BLURRED),
    ],
)
def test_a_spoilt_photo_is_refused_with_its_reason(spoil, reason):
    assert refusal(spoil(dermoscopy_like(1))) is reason


def test_dark_skin_in_good_light_is_not_called_a_dark_photo():
    dark_skin = dermoscopy_like(1).point(lambda value: int(value * 0.45))
    assert refusal(dark_skin) is None


@pytest.mark.parametrize(
    ("grey", "reason"),
    [(0, Refusal.TOO_DARK), (128, Refusal.BLURRED), (255, Refusal.OVER_EXPOSED)],
)
def test_an_empty_picture_is_refused(grey, reason):
    assert refusal(Image.new("RGB", (800, 600), (grey, grey, grey))) is reason


def test_a_white_picture_is_bright_and_burnt_out_and_has_no_detail():
    quality = measure(np.full((150, 200, 3), 255, np.uint8))
    assert quality == pytest.approx((255, 1, 0), abs=1e-3)
