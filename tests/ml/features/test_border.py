import numpy as np
import pytest

from ml.features import border
from ml.features.lesion import cut
from tests.ml.features.shapes import ellipse, half_ellipse, photo

# Ramanujan's perimeter of an ellipse with the half axes 1 and 2.
PERIMETER = np.pi * (9 - np.sqrt(35))


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (ellipse(), 1),
        (ellipse(100, 200), PERIMETER**2 / (8 * np.pi**2)),
        (ellipse(100, 200, 0.4), PERIMETER**2 / (8 * np.pi**2)),
        (half_ellipse(), (PERIMETER / 2 + 2) ** 2 / (4 * np.pi**2)),
    ],
)
def test_a_shape_has_its_known_compactness(mask, expected):
    assert border.compactness(cut(photo(mask), mask)) == pytest.approx(expected, rel=0.05)


def test_sharp_edges_are_abrupt_and_blurred_edges_are_not():
    mask = ellipse()
    sharp, blurred = photo(mask, blur=3), photo(mask, blur=30)
    half = np.concatenate([blurred[:225], sharp[225:]])
    counts = [border.abrupt_segments(cut(pixels, mask), 0) for pixels in (sharp, half, blurred)]
    assert counts == [8, 4, 0]


def test_without_contrast_no_segment_is_abrupt():
    mask = ellipse()
    assert border.abrupt_segments(cut(photo(mask, (208, 163, 141)), mask), 0) == 0
