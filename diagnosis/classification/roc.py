"""A ROC curve as coordinates; the template draws it as inline SVG."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

SIDE, LEFT, RIGHT = 320, 40, 20


class Curve(NamedTuple):
    """A ROC curve, and the operating point: where the model sends people to a doctor."""

    line: str
    operating_point: tuple[float, float]


def curve(truth: Sequence[bool], scores: Sequence[float], flagged: Sequence[bool]) -> Curve:
    """Return the true positive rate against the false positive rate. Both classes must occur."""
    ranked = sorted(zip(scores, truth, strict=True), reverse=True)
    shares, counts = [(0.0, 0.0)], [0, 0]
    for _, group in groupby(ranked, key=itemgetter(0)):
        for _, is_true in group:
            counts[is_true] += 1
        shares.append(_shares(counts, truth))
    flagged_counts = Counter(
        is_true for is_true, is_flagged in zip(truth, flagged, strict=True) if is_flagged
    )
    points = (_place(*share) for share in shares)
    return Curve(
        " ".join(f"{x},{y}" for x, y in points),
        _place(*_shares([flagged_counts[False], flagged_counts[True]], truth)),
    )


def _shares(counts: Sequence[int], truth: Sequence[bool]) -> tuple[float, float]:
    all_true = sum(truth)
    return counts[False] / (len(truth) - all_true), counts[True] / all_true


def _place(across: float, up: float) -> tuple[float, float]:
    inner = SIDE - LEFT - RIGHT
    return round(LEFT + across * inner, 1), round(SIDE - LEFT - up * inner, 1)
