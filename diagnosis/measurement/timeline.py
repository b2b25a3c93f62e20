"""The timeline of a spot as coordinates. The template draws them as inline SVG."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from diagnosis.models import Screening

WIDTH, HEIGHT = 600, 200
LEFT, RIGHT, TOP, BOTTOM = 40, 20, 20, 30
FEWEST = 2


class Point(NamedTuple):
    """One photo's calibrated figure."""

    x: float
    y: float
    tier: str
    screening: Screening
    figure: int


class Timeline(NamedTuple):
    """Figures over time, oldest first, and the lines behind them."""

    points: list[Point]
    grid: list[tuple[float, int]]  # height and label

    @property
    def line(self) -> str:
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def timeline(screenings: Sequence[Screening]) -> Timeline | None:
    """Return the timeline of the skin cancers among 100 photos with the same score.

    None for fewer than two photos with this figure. Earlier models had another figure, which does
    not fit on the same line.
    """
    shown = [(one, one.shown_prediction) for one in reversed(screenings)]
    known = [
        (one, prediction.tier, prediction.cancers_per_100)
        for one, prediction in shown
        if prediction and prediction.cancers_per_100 is not None
    ]
    if len(known) < FEWEST:
        return None
    highest = _round(max(figure for _, _, figure in known))
    first, last = known[0][0].created_at, known[-1][0].created_at
    points = [
        Point(_across(one.created_at, first, last), _height(figure, highest), tier, one, figure)
        for one, tier, figure in known
    ]
    marks = (0, highest // 2, highest)
    return Timeline(points, [(_height(mark, highest), mark) for mark in marks])


def _round(figure: int) -> int:
    """Return a round maximum for the axis, whose half is round, too."""
    return next((top for top in (10, 20, 40, 60, 80) if figure <= top), 100)


def _across(time: datetime, first: datetime, last: datetime) -> float:
    share = (time - first) / ((last - first) or timedelta.resolution)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _height(figure: int, highest: int) -> float:
    return round(HEIGHT - BOTTOM - figure / highest * (HEIGHT - TOP - BOTTOM), 1)
