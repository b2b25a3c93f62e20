"""The timeline of a spot, as coordinates for the template's inline SVG."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from diagnosis.models import Screening

WIDTH, HEIGHT = 600, 200
LEFT, RIGHT, TOP, BOTTOM = 40, 20, 20, 30
FEWEST = 2


class Point(NamedTuple):
    """A photo's place in the plot. `figure` is the number of cancers per 100 photos."""

    x: float
    y: float
    tier: str
    screening: Screening
    figure: int


class Timeline(NamedTuple):
    """The points, oldest first, and the grid lines behind them."""

    points: list[Point]
    grid: list[tuple[float, int]]  # height and label

    @property
    def line(self) -> str:
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def timeline(screenings: Sequence[Screening]) -> Timeline | None:
    """Return, for each photo of a spot, how many of 100 photos with its score show cancer.

    None for fewer than two photos with this figure. Results that are withheld from the person are
    left out. So are those of earlier models, whose figures cannot be shown on the same line.
    """
    shown = [(screening, screening.shown_prediction) for screening in reversed(screenings)]
    rated = [
        (screening, prediction.tier, prediction.cancers_per_100)
        for screening, prediction in shown
        if prediction and prediction.cancers_per_100 is not None
    ]
    if len(rated) < FEWEST:
        return None
    highest = _round(max(figure for _, _, figure in rated))
    first, last = rated[0][0].created_at, rated[-1][0].created_at
    points = [
        Point(
            _across(screening.created_at, first, last),
            _height(figure, highest),
            tier,
            screening,
            figure,
        )
        for screening, tier, figure in rated
    ]
    marks = (0, highest // 2, highest)
    return Timeline(points, [(_height(mark, highest), mark) for mark in marks])


def _round(figure: int) -> int:
    """Return a round maximum for the axis. Its half is round, too."""
    return next((top for top in (10, 20, 40, 60, 80) if figure <= top), 100)


def _across(time: datetime, first: datetime, last: datetime) -> float:
    share = (time - first) / ((last - first) or timedelta.resolution)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _height(figure: int, highest: int) -> float:
    return round(HEIGHT - BOTTOM - figure / highest * (HEIGHT - TOP - BOTTOM), 1)
