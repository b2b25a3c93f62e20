import numpy as np
import pytest
from PIL import Image

from ml.features import Measures, drawing, measure
from tests.ml.features import shapes
from tests.ml.features.shapes import ellipse, half_ellipse, photo
from tests.pictures import dermoscopy_like


def measured(mask, **options):
    return measure(photo(mask, **options), mask)


def test_every_feature_has_a_unit_in_the_header():
    assert set(Measures.UNITS) == set(Measures._fields)
    assert Measures.header()[0] == "asymmetry_score [axes, 0-2]"


def test_the_extent_of_an_ellipse_is_measured_in_shares_and_millimetres():
    mask = ellipse(100, 200)
    measures = measure(photo(mask), mask, mm_per_px=0.02)
    assert measures.area_share == pytest.approx(np.pi * 20000 / 270000, rel=0.01)
    assert measures.diameter_share == pytest.approx(400 / 600, rel=0.01)
    assert measures.diameter_mm == pytest.approx(8, rel=0.01)
    assert measured(mask).diameter_mm is None


def test_the_size_of_the_photo_changes_no_feature():
    picture = np.array(dermoscopy_like(3, (1200, 900)))
    rows, columns = np.mgrid[:900, :1200]
    mask = np.hypot((rows - 450) / 200, (columns - 600) / 350) < 1
    # Long and darker on one side, since a round, even lesion would have no stable axis.
    picture[mask] = picture[mask] // 3 + (columns[mask] // 20)[:, None]
    image = Image.fromarray(picture).resize((600, 450), Image.Resampling.BOX)
    large, small = measure(picture, mask), measure(np.asarray(image), mask[::2, ::2])
    for name in Measures._fields[:-1]:
        assert getattr(small, name) == pytest.approx(getattr(large, name), rel=0.05, abs=0.03)


@pytest.mark.parametrize("place", [np.s_[0:4, 0:3], np.s_[149:, :], np.s_[:, 100:101], np.s_[:]])
def test_a_lesion_at_the_edge_or_of_unusual_size_has_finite_features(place):
    mask = np.zeros((150, 200), bool)
    mask[place] = True
    assert np.isfinite(measured(mask)[:-1]).all()
    assert np.isfinite(drawing(photo(mask), mask).axes).all()


def test_an_empty_mask_and_a_mask_of_another_size_are_refused():
    pixels = photo(ellipse())
    for mask in (np.zeros((450, 600), bool), np.ones((45, 60), bool)):
        with pytest.raises(ValueError, match="mask"):
            measure(pixels, mask)


def test_the_axes_of_an_ellipse_are_drawn_from_edge_to_edge():
    mask = ellipse(100, 200)
    axes = drawing(photo(mask), mask)
    ends = sorted((np.ptp(axis, axis=0) * (600, 450)).tolist() for axis in axes.axes)
    assert np.allclose(ends, [[0, 200], [400, 0]], atol=6)
    assert np.allclose(axes.centre, 0.5, atol=0.01)


def test_half_an_ellipse_is_asymmetric_about_one_axis():
    assert measured(ellipse(100, 200)).asymmetry_score == 0
    measures = measured(half_ellipse())
    assert measures.asymmetry_score == 1
    assert measures.asymmetry_shape > 10 * measured(ellipse(100, 200)).asymmetry_shape


def test_the_koch_curve_has_its_known_dimension():
    measures = measured(shapes.koch())
    assert measures.border_fractal_dimension == pytest.approx(np.log(4) / np.log(3), rel=0.1)
    assert measured(ellipse()).border_fractal_dimension == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("sides", [(100, 200), (150, 40)])
def test_a_speck_beside_a_lesion_changes_neither_diameter_nor_border(sides):
    """A mask in one piece takes a shorter path in the code than other masks."""
    mask = ellipse(*sides)
    with_speck = mask.copy()
    rows, columns = np.nonzero(mask)
    with_speck[rows.min() : rows.min() + 6, columns.min() : columns.min() + 6] = True
    first, other = measured(mask), measured(with_speck)
    assert other.diameter_share == pytest.approx(first.diameter_share, rel=0.01)
    assert other.border_fractal_dimension == pytest.approx(first.border_fractal_dimension, abs=0.02)
