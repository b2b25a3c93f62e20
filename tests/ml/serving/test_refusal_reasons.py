import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ml.preprocessing.network_input import standard_view
from ml.serving.gate import Refusal
from ml.serving.refusal_reasons import named
from tests.pictures import dermoscopy_like

SKIN = (205, 160, 140)


def skin(size=(800, 600), colour=SKIN):
    """Return skin without a spot, with pores and a lamp from one side."""
    random = np.random.default_rng(1)
    lamp = np.linspace(0.95, 1.05, size[0])[None, :, None]
    pores = random.normal(0, 3, (size[1], size[0], 1))
    return Image.fromarray((np.array(colour) * lamp + pores).clip(0, 255).astype(np.uint8))


def spots(*places):
    """Return skin with spots, given x, y and radius of each."""
    mask = Image.new("L", (800, 600))
    for x, y, radius in places:
        ImageDraw.Draw(mask).ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    mask = mask.filter(ImageFilter.GaussianBlur(3))
    return Image.composite(Image.new("RGB", mask.size, (100, 65, 50)), skin(), mask)


NINE = [(x, y, 22 + (x + y) % 15) for x in (140, 400, 660) for y in (110, 300, 490)]


def reason(picture, refusal=Refusal.NOT_A_LESION):
    return named(standard_view(picture), refusal)


@pytest.mark.parametrize("count", [3, 5, 9])
def test_several_spots_are_reported_as_several_spots(count):
    assert reason(spots(*NINE[:count])) is Refusal.SEVERAL_SPOTS


def test_a_distant_spot_is_too_small():
    assert reason(spots((430, 280, 18))) is Refusal.TOO_SMALL


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_a_small_picture_in_a_black_frame_is_too_small_and_not_dark(share):
    frame = Image.new("RGB", (800, 600), (4, 4, 4))
    inside = dermoscopy_like(1, (round(800 * share), round(600 * share)))
    frame.paste(inside, (400 - inside.width // 2, 300 - inside.height // 2))
    assert reason(frame, Refusal.TOO_DARK) is Refusal.TOO_SMALL


@pytest.mark.parametrize("level", [4, 30, 60])
def test_an_empty_frame_and_a_dark_photo_are_too_dark(level):
    black = Image.new("RGB", (800, 600), (4, 4, 4))
    black.paste((level,) * 3, (200, 150, 600, 450))
    assert reason(black, Refusal.TOO_DARK) is Refusal.TOO_DARK
    dark = dermoscopy_like(1).point(lambda value: value * 0.2)
    assert reason(dark, Refusal.TOO_DARK) is Refusal.TOO_DARK


def test_bare_skin_is_refused_as_not_a_lesion():
    assert reason(skin()) is Refusal.NOT_A_LESION


@pytest.mark.parametrize("tone", [(224, 188, 170), (160, 110, 85), (92, 58, 44), (190, 150, 165)])
def test_skin_of_any_tone_and_under_a_lilac_lamp_is_skin(tone):
    assert reason(skin(colour=tone)) is Refusal.NOT_A_LESION


@pytest.mark.parametrize("refusal", [Refusal.NOT_A_LESION, Refusal.BLURRED])
@pytest.mark.parametrize(
    "colour", [(200, 200, 198), (128, 128, 128), (150, 170, 200), (90, 130, 80)]
)
def test_a_wall_is_neither_skin_nor_blurred(colour, refusal):
    assert reason(skin(colour=colour), refusal) is Refusal.NOT_SKIN


def test_a_skin_coloured_wall_is_not_blurred():
    assert reason(skin(), Refusal.BLURRED) is Refusal.NOT_A_LESION


def test_a_blurred_lesion_is_reported_as_blurred():
    blurred = dermoscopy_like(1).filter(ImageFilter.GaussianBlur(25))
    assert reason(blurred, Refusal.BLURRED) is Refusal.BLURRED


def test_a_picture_with_much_detail_has_no_spots():
    random = np.random.default_rng(2)
    fur = random.integers(60, 220, (150, 200, 1)) + np.array([30, 0, -20])
    picture = Image.fromarray(fur.clip(0, 255).astype(np.uint8)).resize((800, 600))
    assert reason(picture) is Refusal.NOT_A_LESION


@pytest.mark.parametrize("refusal", [Refusal.TOO_DARK, Refusal.OVER_EXPOSED])
def test_a_dark_or_over_exposed_photo_of_spots_keeps_its_reason(refusal):
    assert reason(spots(*NINE), refusal) is refusal
