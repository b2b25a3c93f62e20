"""The questions that outweigh the model: they can raise the advice, never lower it.

The weighted 7-point checklist of primary care (MacKie 1990; weights and cut-off as in NICE NG12,
"Suspected cancer: recognition and referral"), and signs that need a doctor whatever the score.
"""

from collections.abc import Iterable
from typing import Final

WEIGHTS: Final = {
    "changed_size": 2,
    "irregular_shape": 2,
    "irregular_colour": 2,
    "is_large": 1,
    "is_inflamed": 1,
    "is_oozing": 1,
    "feels_different": 1,
}
# Each one is enough. The checklist was made for pigmented spots that are flat: nodular and acral
# melanomas score low on it.
RED_FLAGS: Final = ("bleeds", "is_acral", "is_growing_lump", "changed_since_last")
QUESTIONS: Final = (*WEIGHTS, *RED_FLAGS)
ENOUGH: Final = 3


def points(ticked: Iterable[str]) -> int:
    """Return the score of the weighted checklist, 0 to 10."""
    return sum(WEIGHTS.get(name, 0) for name in ticked)


def is_worrying(ticked: Iterable[str]) -> bool:
    """Return whether the answers alone call for a doctor within two weeks."""
    names = set(ticked)
    return points(names) >= ENOUGH or not names.isdisjoint(RED_FLAGS)
