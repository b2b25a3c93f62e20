"""Estimates from a sample, with 95 % intervals."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from math import sqrt
from typing import NamedTuple

from ml import wilson

# Below this number of cases an estimate means next to nothing, so only the number is shown.
FEWEST = 10


class Estimate(NamedTuple):
    value: float
    low: float
    high: float


def proportion(hits: int, count: int) -> Estimate | None:
    """Return a share with Wilson's interval. None if there are too few cases."""
    if count < FEWEST:
        return None
    return Estimate(hits / count, *wilson.interval(hits, count))


def kappa(pairs: Mapping[tuple[Hashable, Hashable], int]) -> Estimate | None:
    """Return Cohen's kappa. None if there are too few pairs, or all answers are the same.

    Cohen, Educ. Psychol. Meas. 20, 37 (1960), with the large-sample standard error of Fleiss, Cohen
    and Everitt, Psychol. Bull. 72, 323 (1969).

    Args:
        pairs: how often each pair of answers occurs.
    """
    count = sum(pairs.values())
    if count < FEWEST:
        return None
    shares = {pair: number / count for pair, number in pairs.items()}
    first, second = _margin(shares, 0), _margin(shares, 1)
    by_chance = sum(first[answer] * second[answer] for answer in first)
    if by_chance == 1:
        return None
    agreed = sum(share for (answer, other), share in shares.items() if answer == other)
    value = (agreed - by_chance) / (1 - by_chance)
    spread = sum(
        share * (1 - (first[answer] + second[answer]) * (1 - value)) ** 2
        if answer == other
        else share * ((1 - value) * (second[answer] + first[other])) ** 2
        for (answer, other), share in shares.items()
    )
    spread -= (value - by_chance * (1 - value)) ** 2
    reach = wilson.Z * sqrt(max(0.0, spread) / count) / (1 - by_chance)
    return Estimate(value, max(-1.0, value - reach), min(1.0, value + reach))


def _margin(shares: Mapping[tuple[Hashable, Hashable], float], side: int) -> dict[Hashable, float]:
    """Return the share of each answer among all first or all second answers."""
    margin: dict[Hashable, float] = defaultdict(float)
    for pair, share in shares.items():
        margin[pair[side]] += share
    return margin
