from datetime import timedelta

import pytest
from django.utils import timezone

from diagnosis.measurement import timeline
from diagnosis.models import Prediction, Screening

START = timezone.now() - timedelta(days=100)


@pytest.fixture
def make_photos(make):
    """Make photos of a lesion, and return them, newest first. `d9=5` is the figure 5 on day 9."""

    def build(**figures):
        first = None
        for day, figure in figures.items():
            taken_at = START + timedelta(days=int(day[1:]))
            screening = make(
                "done", tier="watch", lesion=first and first.lesion, created_at=taken_at
            )
            Prediction.objects.filter(screening=screening).update(cancers_per_100=figure)
            first = first or screening
        return list(Screening.objects.with_outcome())

    return build


def test_time_runs_to_the_right_and_figures_upwards(make_photos):
    points = timeline.timeline(make_photos(d0=5, d25=20, d100=10)).points
    assert [point.figure for point in points] == [5, 20, 10]
    width = points[2].x - points[0].x
    assert points[1].x - points[0].x == pytest.approx(width / 4)
    assert points[1].y < points[2].y < points[0].y


@pytest.mark.parametrize(
    ("most", "marks"), [(3, [0, 5, 10]), (20, [0, 10, 20]), (55, [0, 30, 60]), (97, [0, 50, 100])]
)
def test_the_axis_has_round_numbers(make_photos, most, marks):
    grid = timeline.timeline(make_photos(d0=1, d9=most)).grid
    assert [mark for _, mark in grid] == marks


def test_a_single_result_has_no_timeline(make_photos):
    assert timeline.timeline(make_photos(d0=5)) is None


def test_photos_of_the_same_moment_are_drawn(make_photos):
    assert len(timeline.timeline(make_photos(d0=5, d00=6)).points) == 2


def test_photos_without_a_result_are_left_out(make_photos, make):
    screenings = make_photos(d0=5, d9=6)
    refused = make("refused", lesion=screenings[0].lesion)
    assert len(timeline.timeline([refused, *screenings]).points) == 2


def test_results_that_wait_for_a_clinician_are_left_out(make_photos, owner):
    screenings = make_photos(d0=5, d9=6)
    owner.skin_type = "V"
    owner.save()
    assert timeline.timeline(list(Screening.objects.with_outcome())) is None
    assert len(screenings) == 2
