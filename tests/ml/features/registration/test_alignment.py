import numpy as np
import pytest
from PIL import Image

from ml.features.registration import alignment, growth, skin
from ml.features.registration.alignment import UnsureError
from tests.ml.features.registration import skins


def skin_of(picture, outline):
    return skin.find_landmarks(picture, skins.shares(outline))


def transformed(aligned, points):
    return points @ aligned.matrix[:, :2].T + aligned.matrix[:, 2]


@pytest.fixture(scope="module")
def first():
    return skins.skin(1)


@pytest.mark.parametrize(
    "change",
    [
        {"turn": 25, "light": 0.8},
        {"turn": 100, "shift": (20, -12)},
        {"zoom": 1.3, "turn": -8},
        {"zoom": 0.75, "shift": (-15, 10), "light": 1.1},
        {"shear": 0.1, "turn": 5},
    ],
)
def test_another_photo_of_the_place_is_aligned_within_2_percent_of_the_diameter(first, change):
    picture, outline = first
    other, transform = skins.photographed(picture, **change)
    aligned = alignment.align(skin_of(picture, outline), skin_of(other, transform(outline)))
    errors = np.linalg.norm(transformed(aligned, outline) - transform(outline), axis=1)
    assert errors.max() <= 0.02 * 2 * 45 * change.get("zoom", 1)


@pytest.mark.parametrize(("radius", "ratio"), [(45, 1.0), (54, 1.44), (40, 0.79)])
def test_growth_is_measured_because_the_alignment_ignores_the_lesion(first, radius, ratio):
    picture, outline = first
    grown, larger = skins.skin(1, radius)
    other, transform = skins.photographed(grown, zoom=1.2, turn=15)
    pair = skin_of(picture, outline), skin_of(other, transform(larger))
    result = growth.by_skin(*pair, alignment.align(*pair))
    assert result.ratio == pytest.approx(ratio, abs=0.03)
    assert result.low < ratio < result.high


def test_photos_of_two_places_are_refused(first):
    with pytest.raises(UnsureError):
        alignment.align(skin_of(*first), skin_of(*skins.skin(2)))


def test_skin_without_landmarks_is_refused():
    blank = Image.new("RGB", skins.SIZE, (200, 160, 140))
    with pytest.raises(UnsureError):
        alignment.align(skin_of(blank, skins.ring(45)), skin_of(blank, skins.ring(45)))


def test_landmarks_on_only_one_side_are_refused(first):
    picture, outline = first
    pixels = np.asarray(picture).copy()
    pixels[:, 150:] = 180
    narrow = Image.fromarray(pixels)
    with pytest.raises(UnsureError):
        alignment.align(skin_of(narrow, outline), skin_of(narrow, outline))


def test_no_landmark_is_on_the_lesion_or_at_its_rim(first):
    landmarks = skin_of(*first)
    assert len(landmarks.points) > 20
    assert np.hypot(*(landmarks.points - skins.CENTRE).T).min() > 45


def test_the_transform_for_the_page_is_in_pixels_of_the_stored_photos(first):
    picture, outline = first
    other, transform = skins.photographed(picture, zoom=1.2)
    large = picture.resize((1200, 900), Image.Resampling.BICUBIC)
    pair = skin_of(large, outline), skin_of(other, transform(outline))
    aligned = alignment.align(*pair)
    a, b, c, d, e, f = alignment.in_pixels(aligned, pair, [large.size, other.size])
    x, y = (outline * 3).T
    placed = np.column_stack([a * x + c * y + e, b * x + d * y + f])
    assert np.abs(placed - transform(outline)).max() < 2
