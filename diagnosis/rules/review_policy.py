"""How many clinicians read a photo: one, a second where it matters, a third where they differ."""

from collections.abc import Sequence
from typing import Final

from diagnosis.rules import tiers
from ml.labels import Tier

UNUSABLE: Final = "unusable"
# Verdicts that say the same of every tier.
FOUND: Final = {"refer": True, "watch": False}
# How soon a photo's turn comes; a higher one first.
FIRST: Final = 4
TURNS: Final = {Tier.URGENT: FIRST, Tier.SOON: 3, None: 2, Tier.WATCH: 1}


def readings_due(tier: str, found: Sequence[bool | None]) -> int:
    """Return how many more clinicians are to read a photo with these findings, oldest first.

    A second reads what the model calls urgent and what the first sees otherwise than the model;
    if the two differ, a third settles it. Without an answer there is nothing to see otherwise.
    """
    counted = tiers.COUNTS_AS[tier]
    model_refers = None if counted is None else tiers.REFERS[counted]
    told = [one for one in found if one is not None]
    wanted = 1
    if counted is Tier.URGENT or (
        model_refers is not None and any(one is not model_refers for one in told)
    ):
        wanted = 2
    if len(set(found[:2])) > 1:
        wanted = 3
    return max(0, wanted - len(found))


def settled(tier: str, found: Sequence[bool | None]) -> bool | None:
    """Return the finding once nobody else is to read the photo: the last clinician settles it."""
    return None if not found or readings_due(tier, found) else found[-1]


def finding(verdict: str, tier: str) -> bool | None:
    """Return whether a reading sends the person to a dermatologist; None if it could not tell.

    The tier is the one that the clinician was told.
    """
    if verdict == UNUSABLE:
        return None
    return FOUND.get(verdict, (verdict == "agree") == bool(tiers.REFERS[tier]))


def urgency(tier: str, *, is_doubtful: bool) -> int:
    """Return a photo's place in the queue: one step up for an uncertain result or worrying answers.

    What has no answer comes before what the model would only watch.
    """
    return min(FIRST, TURNS[tiers.COUNTS_AS[tier]] + is_doubtful)
