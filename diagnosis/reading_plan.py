"""How many clinicians read a photo: one, a second where it matters, a third where they differ."""

from collections.abc import Sequence
from typing import Final

from ml.labels import Tier

UNUSABLE: Final = "unusable"
# How soon a photo's turn comes; a higher one first.
ELEVATED, DOUBTFUL, ORDINARY = 3, 2, 1


def readings_due(tier: str, verdicts: Sequence[str]) -> int:
    """Return how many more clinicians are to read a photo with these readings, oldest first.

    A second reads what the model calls elevated and what the first sees otherwise than the model;
    if the two differ, a third settles it.
    """
    found = [finding(verdict, tier) for verdict in verdicts]
    model_refers = tier == Tier.ELEVATED
    wanted = 1
    if model_refers or any(one is not model_refers for one in found if one is not None):
        wanted = 2
    if len(set(found[:2])) > 1:
        wanted = 3
    return max(0, wanted - len(verdicts))


def settled(tier: str, verdicts: Sequence[str]) -> bool | None:
    """Return the finding once nobody else is to read the photo: the last clinician settles it."""
    if not verdicts or readings_due(tier, verdicts):
        return None
    return finding(verdicts[-1], tier)


def finding(verdict: str, tier: str) -> bool | None:
    """Return whether a reading sends the person to a dermatologist; None if it could not tell."""
    if verdict == UNUSABLE:
        return None
    return verdict == "refer" or (verdict == "agree") == (tier == Tier.ELEVATED)


def urgency(tier: str, *, is_doubtful: bool) -> int:
    """Return a photo's place in the queue; doubtful is an uncertain result or worrying answers."""
    if tier == Tier.ELEVATED:
        return ELEVATED
    return DOUBTFUL if is_doubtful else ORDINARY
