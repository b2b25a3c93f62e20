"""Bars and ranges as coordinates for the templates' inline SVG."""

from collections.abc import Sequence
from math import floor
from typing import NamedTuple

from diagnosis.review.reader_statistics import Line

WIDTH, EDGE = 240, 12  # the width of a chart, and the margin on both sides


class Bar(NamedTuple):
    line: Line
    width: float


class Range(NamedTuple):
    """An estimate and its interval as positions along the axis."""

    value: float
    low: float
    high: float


class Ranges(NamedTuple):
    """The rows of a chart, each with its range if it has an estimate.

    If no row has an estimate, the axis is empty.
    """

    lines: list[tuple[Line, Range | None]]
    axis: list[tuple[float, float]]  # position and label


def bars(lines: Sequence[Line]) -> list[Bar]:
    """Return a bar for each line. The longest bar has the full width."""
    most = max((line.hits for line in lines), default=0) or 1
    return [Bar(line, round(line.hits / most * WIDTH, 1)) for line in lines]


def ranges(lines: Sequence[Line]) -> Ranges:
    """Return the rows and their axis, which ends at 1.

    The axis begins at 0, or lower if an interval begins below 0.
    """
    estimates = [line.estimate for line in lines if line.estimate]
    if not estimates:
        return Ranges([(line, None) for line in lines], [])
    lowest = min(estimate.low for estimate in estimates)
    left = min(0.0, floor(2 * lowest) / 2)

    def across(value: float) -> float:
        return round(EDGE + (value - left) / (1 - left) * (WIDTH - 2 * EDGE), 1)

    marks = [left + 0.5 * step for step in range(round(2 * (1 - left)) + 1)]
    return Ranges(
        [(line, Range(*map(across, line.estimate)) if line.estimate else None) for line in lines],
        [(across(mark), mark) for mark in marks],
    )
