import pytest

from ml.features.registration import growth
from tests.ml.features.registration.skins import ring


def test_the_area_of_an_outline():
    assert growth.area(ring(10)) == pytest.approx(314, rel=0.01)


def test_two_scales_give_the_ratio_with_its_interval():
    found = growth.by_scale(20.0, 30.0)
    assert found.ratio == pytest.approx(1.5)
    assert found.low < 1.5 < found.high
    assert found.low * found.high == pytest.approx(1.5**2)
