"""Wilson's interval for a share (J. Am. Stat. Assoc. 22, 209, 1927)."""

from math import sqrt
from typing import Final

# 95 % of a normal distribution lie within this many standard deviations
Z: Final = 1.959963984540054


def interval(hits: float, count: int) -> tuple[float, float]:
    """Return the ends of the 95 % interval of `hits` among `count`, which is at least 1."""
    share, weight = hits / count, Z**2 / count
    middle = (share + weight / 2) / (1 + weight)
    reach = sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight)
    # With no hits or only hits, the end is exactly 0 or 1, in spite of rounding.
    return middle - reach if hits else 0.0, middle + reach if hits < count else 1.0
