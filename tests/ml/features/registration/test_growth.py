import pytest

from ml.features.registration import growth
from tests.ml.features.registration.skins import ring


def test_the_area_inside_a_circle_is_computed_from_its_outline():
    assert growth.area(ring(10)) == pytest.approx(314, rel=0.01)


def test_two_areas_in_mm2_give_their_ratio_with_an_interval():
    result = growth.by_scale(20.0, 30.0)
    assert result.ratio == pytest.approx(1.5)
    assert result.low < 1.5 < result.high
    assert result.low * result.high == pytest.approx(1.5**2)
