import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ml.preprocessing import framing
from tests.pictures import dermoscopy_like, draw_hairs

WIDTH, HEIGHT = 400, 300


def pixels(picture):
    return np.asarray(picture)


def find_frame(rgb):
    return framing.find_frame(Image.fromarray(rgb))


def in_disc(picture, height_share, centre=(0.5, 0.5), frame=(4, 4, 6)):
    """Return the picture in a soft-rimmed disc of `height_share` times the picture's height."""
    width, height = picture.size
    radius = height * height_share / 2
    x, y = centre[0] * width, centre[1] * height
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    mask = mask.filter(ImageFilter.GaussianBlur(width / 400))
    return Image.composite(picture, Image.new("RGB", picture.size, frame), mask)


def with_bars(picture, colour, size, corner):
    page = Image.new("RGB", size, colour)
    page.paste(picture, corner)
    return page


def assert_about(box, expected, tolerance):
    assert box is not None
    assert np.abs(np.subtract(box, expected)).max() <= tolerance, (box, expected)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((400, 300), (0, 0, 400, 300)),
        ((300, 400), (0, 0, 300, 400)),
        ((300, 300), (0, 38, 300, 262)),
        ((600, 400), (33, 0, 567, 400)),
        ((400, 600), (0, 33, 400, 567)),
        ((3072, 2304), (0, 0, 3072, 2304)),
    ],
)
def test_a_picture_without_a_frame_is_cropped_to_its_middle(size, expected):
    assert_about(find_frame(pixels(dermoscopy_like(1, size))), expected, max(size) // 100)


@pytest.mark.parametrize("height_share", [0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
def test_a_disc_is_cropped_to_the_rectangle_inside_it(height_share):
    picture = in_disc(dermoscopy_like(2, (WIDTH, HEIGHT)), height_share)
    across, down = HEIGHT * height_share * 0.4, HEIGHT * height_share * 0.3
    expected = (200 - across, 150 - down, 200 + across, 150 + down)
    assert_about(find_frame(pixels(picture)), expected, 6)


@pytest.mark.parametrize("centre", [(0.4, 0.5), (0.6, 0.45), (0.5, 0.6)])
def test_the_crop_is_centred_on_a_disc_that_is_off_centre(centre):
    left, top, right, bottom = find_frame(
        pixels(in_disc(dermoscopy_like(3, (WIDTH, HEIGHT)), 0.7, centre))
    )
    assert (left + right) / 2 == pytest.approx(centre[0] * WIDTH, abs=3)
    assert (top + bottom) / 2 == pytest.approx(centre[1] * HEIGHT, abs=3)


def test_a_disc_that_hides_only_corners_is_cropped_to_the_rectangle_inside_it():
    box = find_frame(pixels(in_disc(dermoscopy_like(4, (WIDTH, HEIGHT)), 1.5)))
    across, down = HEIGHT * 1.5 * 0.4, HEIGHT * 1.5 * 0.3
    assert_about(box, (200 - across, 150 - down, 200 + across, 150 + down), 8)


def test_a_portrait_photo_of_a_disc_is_cropped_to_4_by_3():
    photo = in_disc(dermoscopy_like(5, (300, 400)), 0.6)
    left, top, right, bottom = find_frame(pixels(photo))
    assert (right - left) / (bottom - top) == pytest.approx(4 / 3, abs=0.06)


def test_hairs_and_a_dark_spot_at_the_rim_do_not_move_the_disc():
    picture = dermoscopy_like(6, (WIDTH, HEIGHT))
    ImageDraw.Draw(picture).ellipse((240, 60, 330, 160), (22, 16, 14))
    draw_hairs(picture, np.random.default_rng(6))
    assert_about(find_frame(pixels(in_disc(picture, 0.9))), (92, 69, 308, 231), 8)


@pytest.mark.parametrize("colour", ["white", "black", (128, 128, 128), (242, 242, 247)])
@pytest.mark.parametrize(
    ("size", "corner"), [((400, 860), (0, 280)), ((700, 300), (120, 0)), ((640, 540), (120, 90))]
)
def test_bars_are_cropped_off(colour, size, corner):
    page = with_bars(dermoscopy_like(7, (WIDTH, HEIGHT)), colour, size, corner)
    expected = (corner[0], corner[1], corner[0] + WIDTH, corner[1] + HEIGHT)
    box = find_frame(pixels(page))
    assert_about(box, expected, 2.5 * max(size) // 100)
    assert box[0] >= corner[0]
    assert box[1] >= corner[1]


def test_a_clock_and_icons_do_not_hide_a_screenshots_bars():
    page = with_bars(dermoscopy_like(8, (400, 300)), "white", (400, 860), (0, 280))
    pen = ImageDraw.Draw(page)
    pen.text((20, 10), "12:45", "black", font_size=18)
    pen.rectangle((340, 12, 380, 26), "black")
    for x in (60, 190, 320):
        pen.ellipse((x, 790, x + 24, 814), "black")
    assert_about(find_frame(pixels(page)), (0, 280, 400, 580), 16)


def test_a_disc_between_a_screenshots_bars_is_cropped():
    page = with_bars(in_disc(dermoscopy_like(9, (400, 300)), 0.9), "white", (400, 860), (0, 280))
    assert_about(find_frame(pixels(page)), (92, 349, 308, 511), 10)


def test_a_crooked_black_border_is_cropped_off():
    page = with_bars(dermoscopy_like(10, (350, 230)), (3, 3, 3), (384, 256), (20, 12)).rotate(2)
    left, top, right, bottom = find_frame(pixels(page))
    assert (pixels(page)[top:bottom, left:right].max(-1) < 20).mean() < 0.003
    assert right - left > 260


@pytest.mark.parametrize("darkness", [0.35, 0.6])
def test_slightly_dark_corners_are_kept(darkness):
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    falloff = 1 - darkness * np.clip((np.hypot(x, y) - 0.7) / 0.7, 0, 1)
    picture = pixels(dermoscopy_like(11, (WIDTH, HEIGHT))) * falloff[..., None]
    assert find_frame(picture.astype(np.uint8)) == (0, 0, WIDTH, HEIGHT)


def test_a_dark_lesion_in_a_corner_is_not_a_frame():
    picture = dermoscopy_like(12, (WIDTH, HEIGHT))
    random = np.random.default_rng(12)
    spot = Image.fromarray(random.integers(10, 60, (HEIGHT, WIDTH, 3)).astype(np.uint8))
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse((-120, -90, 150, 130), 255)
    photo = Image.composite(spot.filter(ImageFilter.GaussianBlur(1)), picture, mask)
    assert find_frame(pixels(photo)) == (0, 0, WIDTH, HEIGHT)


def test_a_disc_too_small_to_show_a_spot_has_no_box():
    assert find_frame(pixels(in_disc(dermoscopy_like(13, (WIDTH, HEIGHT)), 0.2))) is None


def test_a_black_or_white_picture_stays_whole_for_the_gate():
    assert find_frame(np.zeros((HEIGHT, WIDTH, 3), np.uint8)) == (0, 0, WIDTH, HEIGHT)
    assert find_frame(np.full((HEIGHT, WIDTH, 3), 255, np.uint8)) == (0, 0, WIDTH, HEIGHT)


@pytest.mark.parametrize("size", [(1, 1), (3, 100), (100, 3), (2, 2)])
def test_tiny_and_thin_pictures_cause_no_error(size):
    box = find_frame(np.zeros((size[1], size[0], 3), np.uint8))
    assert box is None or (box.right > box.left and box.bottom > box.top)


@pytest.mark.parametrize("is_turned", [True, False])
@pytest.mark.parametrize("size", [(240, 160), (640, 480)])
def test_two_colours_side_by_side_are_not_taken_for_bars(size, is_turned):
    picture = Image.new("RGB", size, (40, 40, 220))
    picture.paste((220, 40, 40), (0, 0, size[0] // 2, size[1]))
    photo = picture.transpose(Image.Transpose.ROTATE_90) if is_turned else picture
    # The middle of the photo, with all of its shorter side: 4:3, or 3:4 if it is turned.
    short = min(size)
    sides = (short, short * 4 / 3) if is_turned else (short * 4 / 3, short)
    middle = [(whole - side) / 2 for whole, side in zip(photo.size, sides, strict=True)]
    box = (*middle, *np.add(middle, sides))
    assert_about(find_frame(pixels(photo)), box, 1)
