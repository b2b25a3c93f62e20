from diagnosis.review import charts
from diagnosis.review.reader_statistics import Line
from diagnosis.rules.intervals import Estimate


def line(hits=0, estimate=None):
    return Line("a", hits, 10, estimate)


def test_the_longest_bar_has_the_whole_width():
    assert [bar.width for bar in charts.bars([line(5), line(20), line(0)])] == [60.0, 240.0, 0.0]


def test_bars_of_zero_have_no_length():
    assert [bar.width for bar in charts.bars([line(0)])] == [0.0]


def test_a_range_is_drawn_at_its_place_on_the_axis():
    (_, half), (_, none) = charts.ranges([line(5, Estimate(0.5, 0.0, 1.0)), line()]).lines
    assert half == (120.0, 12.0, 228.0)
    assert none is None


def test_lines_without_an_estimate_have_no_axis():
    assert charts.ranges([line(), line(3)]).axis == []


def test_the_axis_includes_values_below_zero():
    axis = charts.ranges([line(5, Estimate(0.1, -0.2, 0.4))]).axis
    assert [mark for _, mark in axis] == [-0.5, 0.0, 0.5, 1.0]
    assert [x for x, _ in axis] == [12.0, 84.0, 156.0, 228.0]
