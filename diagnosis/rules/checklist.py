"""The questions about a spot. `diagnosis.rules.causes` derives an urgency from the answers.

Seven questions are the weighted 7-point checklist of primary care (MacKie 1990), with the weights
and the cut-off of NICE NG12, "Suspected cancer: recognition and referral". The other questions are
about signs outside that checklist.
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
# Signs without a score. The checklist was made for flat, pigmented spots, so ulcers, nodular
# melanomas and acral melanomas score low on it.
OTHERS: Final = (
    "bleeds",
    "is_acral",
    "is_raised",
    "is_growing_lump",
    "is_unhealed",
    "is_new",
    "changed_since_last",
)
QUESTIONS: Final = (*WEIGHTS, *OTHERS)
# The form combines both questions about lumps. It asks `changed_since_last` if the spot has an
# earlier photo, and `is_new` otherwise.
ASKED: Final = len(QUESTIONS) - 2
# The cut-off: from this score on, a doctor should see the spot urgently.
ENOUGH: Final = 3


def points(ticked: Iterable[str]) -> int:
    """Return the score of the weighted checklist, 0 to 10."""
    return sum(WEIGHTS.get(name, 0) for name in ticked)
