import pytest

from ml import wilson
from ml.serving import age_bands
from ml.serving.shares import Named, Share


def test_the_interval_counts_lesions_and_not_their_views():
    assert Share(60, 100, 100).interval == wilson.interval(60, 100)
    assert Share(60, 100, 25).interval == wilson.interval(15, 25)
    assert Share(60, 100, 25).per_100 == 60


@pytest.mark.parametrize(("groups", "is_enough"), [(19, False), (20, True)])
def test_a_share_of_few_lesions_is_too_uncertain_however_many_views_they_have(groups, is_enough):
    assert Share(60, 100, groups).is_enough is is_enough


def test_second_and_third_place_are_counted_together():
    first, later = Share(3, 4, 4), Share(1, 9, 9)
    assert [Named(first, later).at(place) for place in range(3)] == [first, later, later]
    assert Named(first, None).at(1) is None


@pytest.mark.parametrize(
    ("age", "band"), [(0, "under 40"), (39.9, "under 40"), (40, "40 to 59"), (60, "60 and over")]
)
def test_every_age_has_its_band(age, band):
    assert age_bands.band_of(age) == band
