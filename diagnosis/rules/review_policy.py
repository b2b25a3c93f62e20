"""Review policy: how many clinicians read a photo, and its place in the queue.

One clinician reads each photo. A second clinician also reads urgent or disputed photos. If these
two clinicians differ, a third clinician decides.
"""

from collections.abc import Sequence
from typing import Final

from diagnosis.rules import stored_tiers
from diagnosis.rules.urgency import Reading, Urgency
from ml.labels import Tier

# The place in the queue. Higher values come first.
FIRST: Final = 4
TURNS: Final = {Tier.URGENT: FIRST, Tier.SOON: 3, None: 2, Tier.WATCH: 1}


def readings_due(tier: str, readings: Sequence[Reading]) -> int:
    """Return how many more clinicians should read a photo, given its readings, oldest first.

    A second clinician reads photos that the model calls urgent, and photos on which the first
    clinician and the model differ. If the model has no answer, the first clinician cannot differ
    from it. If the first two readings differ, a third reading decides.
    """
    model_tier = stored_tiers.COUNTS_AS[tier]
    usable = [reading for reading in readings if reading is not Reading.UNUSABLE]
    needed = 1
    if model_tier is Tier.URGENT or (
        model_tier and any(reading != model_tier.value for reading in usable)
    ):
        needed = 2
    if len(set(readings[:2])) > 1:
        needed = 3
    return max(0, needed - len(readings))


def settled(tier: str, readings: Sequence[Reading]) -> Reading | None:
    """Return the last reading, which decides. None while somebody else has to read the photo."""
    return None if not readings or readings_due(tier, readings) else readings[-1]


def urgency(tier: str, *, answers_urgency: Urgency | None, is_uncertain: bool) -> int:
    """Return a photo's place in the queue, by the more urgent of the model and the answers.

    A photo without an answer of the model comes before photos at `watch`. An uncertain result
    moves a photo up by one.

    Args:
        tier: the model's tier.
        answers_urgency: the highest urgency from the answers and measured growth, if any.
        is_uncertain: whether the tier is within the margin of another tier.
    """
    model_place = min(FIRST, TURNS[stored_tiers.COUNTS_AS[tier]] + is_uncertain)
    return max(model_place, TURNS[Tier(answers_urgency)] if answers_urgency else 0)
