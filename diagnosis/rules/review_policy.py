"""Review policy: how many clinicians read a photo, and its place in the queue.

One clinician reads a photo, a second one where it matters, and a third settles a disagreement.
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
    clinician and the model differ. If the two readings differ, a third one settles it. Without an
    answer of the model, there is nothing to differ from.
    """
    counted = stored_tiers.COUNTS_AS[tier]
    judged = [one for one in readings if one is not Reading.UNUSABLE]
    wanted = 1
    if counted is Tier.URGENT or (counted and any(one != counted.value for one in judged)):
        wanted = 2
    if len(set(readings[:2])) > 1:
        wanted = 3
    return max(0, wanted - len(readings))


def settled(tier: str, readings: Sequence[Reading]) -> Reading | None:
    """Return the last reading, which decides, once nobody else has to read the photo."""
    return None if not readings or readings_due(tier, readings) else readings[-1]


def urgency(tier: str, *, told: Urgency | None, is_uncertain: bool) -> int:
    """Return a photo's place in the queue, by the more urgent of the model and the answers.

    A photo without an answer of the model comes before one at `watch`. An uncertain result is one
    step higher.

    Args:
        tier: the model's tier.
        told: the highest urgency that the person's answers ask for.
        is_uncertain: whether the tier is within the margin of another one.
    """
    shown = min(FIRST, TURNS[stored_tiers.COUNTS_AS[tier]] + is_uncertain)
    return max(shown, TURNS[Tier(told)] if told else 0)
