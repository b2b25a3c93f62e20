import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import binary_fill_holes, gaussian_filter
from skimage import measure

from ml.segmentation import contour
from ml.segmentation.grid import HEIGHT, WIDTH


def disc(x, y, radius):
    """Return logits that are 0 on a circle in the grid and fall by 1 per pixel outwards."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return radius - np.hypot(rows - y, columns - x)


def test_patches_are_ordered_by_size_without_specks():
    logits = np.maximum(np.maximum(disc(50, 70, 20), disc(140, 70, 30)), disc(5, 5, 2))
    assert [patch.sum() for patch in contour.patches(logits, 0.001)] == pytest.approx(
        [np.pi * 900, np.pi * 400], rel=0.02
    )


def test_holes_are_filled():
    ring = np.minimum(disc(90, 70, 40), -disc(90, 70, 10))
    (patch,) = contour.patches(ring, 0.001)
    assert patch[70, 90]
    assert contour.mask(contour.field(ring, patch), (WIDTH, HEIGHT))[70, 90]


def test_the_background_is_not_a_hole():
    (patch,) = contour.patches(disc(0, 0, 40), 0.001)
    assert patch.sum() == pytest.approx(np.pi * 1600 / 4, rel=0.05)


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (640, 480), (3000, 500)])
def test_the_mask_has_the_photos_size_and_the_lesions_area(size):
    mask = contour.mask(disc(95.5, 71.5, 40), size)
    assert mask.shape == (size[1], size[0])
    assert mask.mean() == pytest.approx(np.pi * 1600 / (HEIGHT * WIDTH), rel=0.01)


def test_the_field_contains_only_the_patch():
    logits = np.maximum(disc(50, 70, 20), disc(140, 70, 30))
    largest, _ = contour.patches(logits, 0.001)
    drawn = contour.mask(contour.field(logits, largest), (WIDTH, HEIGHT))
    assert drawn.sum() == pytest.approx(np.pi * 900, rel=0.02)
    assert not drawn[:, :100].any()


def test_a_polygon_follows_the_boundary():
    points = contour.polygon(disc(95.5, 71.5, 40)) * (WIDTH, HEIGHT)
    assert np.hypot(*(points - (96, 72)).T) == pytest.approx(np.full(len(points), 40), abs=0.3)
    assert 20 < len(points) <= contour.POINTS + 1
    assert (points[0] == points[-1]).all()


def test_a_ragged_outline_has_a_limited_number_of_points():
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    ragged = disc(95, 71, 60) + 25 * np.sin(40 * np.arctan2(rows - 71, columns - 95))
    assert 100 < len(contour.polygon(ragged)) <= contour.POINTS + 1


def test_the_outline_of_a_lesion_that_fills_the_picture_is_the_pictures_edge():
    points = contour.polygon(np.full((HEIGHT, WIDTH), 5.0))
    assert np.minimum(points, 1 - points).min(1).max() == 0
    x, y = points.T
    # The contour cuts the corners by half a pixel.
    assert abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2 == pytest.approx(1, abs=0.001)


def test_confidence_is_high_for_a_sharp_boundary_and_low_for_a_faint_boundary():
    logits = disc(95, 71, 40)
    (patch,) = contour.patches(logits, 0.001)
    sharp, faint = contour.confidence(4 * logits, patch), contour.confidence(logits / 12, patch)
    assert sharp > 0.95
    assert faint < 0.5


def test_a_second_lesion_does_not_lower_the_firsts_confidence():
    alone, other = disc(50, 70, 20), disc(140, 70, 25)
    _, patch = contour.patches(np.maximum(alone, other), 0.001)
    both = contour.confidence(np.maximum(alone, np.where(other > 0, other, -9)), patch)
    assert both == contour.confidence(alone, patch)


def test_dark_corners_belong_to_the_tube_and_a_dark_lesion_at_an_edge_does_not():
    pixels = np.full((HEIGHT, WIDTH, 3), 180, np.uint8)
    pixels[disc(95, 71, 105) < 0] = 5
    pixels[60:80, 0:50] = 20
    pixels[60:80, 0:50][disc(95, 71, 105)[60:80, 0:50] < 0] = 180
    hidden = contour.beyond_tube(pixels)
    assert hidden[0, 0]
    assert hidden[-1, -1]
    assert not hidden[60:80, 0:50].any()


def test_a_picture_without_a_tube_has_nothing_hidden():
    assert not contour.beyond_tube(np.asarray(Image.new("RGB", (WIDTH, HEIGHT), "tan"))).any()


def test_filled_holes_agree_with_scipy():
    noise = gaussian_filter(np.random.default_rng(3).normal(size=(HEIGHT, WIDTH)), 3)
    labels = measure.label(noise > 0, connectivity=1)
    for filled in contour.patches(noise, 0.001):
        patch = labels == np.bincount(labels[filled & (noise > 0)]).argmax()
        assert (filled == binary_fill_holes(patch)).all()


def test_an_outline_is_simplified_as_by_scikit_image():
    angles = np.linspace(0, 2 * np.pi, 200)
    lengths = 0.3 + 0.02 * np.sin(5 * angles) + 0.002 * np.random.default_rng(1).normal(size=200)
    ragged = 0.5 + lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    ragged[-1] = ragged[0]
    for tolerance in (0.0005, 0.001, 0.01, 1):
        expected = measure.approximate_polygon(ragged, tolerance)
        assert contour.simplified(ragged, tolerance).tolist() == expected.tolist()
