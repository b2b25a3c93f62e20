"""Translates stored tiers into today's.

Models before `lite0-6` had two tiers, which are still stored.
"""

from typing import Final

from ml.labels import Tier

# The tiers of those models, and the value for a photo without an answer.
ELEVATED, LOWER, NO_ANSWER = "elevated", "lower", ""
# "Lower" did not cover carcinomas, so it no longer counts as an answer.
COUNTS_AS: Final[dict[str, Tier | None]] = {
    **{tier.value: tier for tier in Tier},
    ELEVATED: Tier.URGENT,
    LOWER: None,
    NO_ANSWER: None,
}
# Whether a stored tier sent the person to a doctor when it was new. None if there is no answer.
REFERS: Final[dict[str, bool | None]] = {
    Tier.URGENT: True,
    Tier.SOON: True,
    Tier.WATCH: False,
    ELEVATED: True,
    LOWER: False,
    NO_ANSWER: None,
}
# From the least to the most urgent, to decide whether news is worth a mail.
RANK: Final[dict[str, int]] = {
    LOWER: 0,
    Tier.WATCH: 0,
    NO_ANSWER: 1,
    Tier.SOON: 2,
    Tier.URGENT: 3,
    ELEVATED: 3,
}


def stored_as(tier: Tier | None) -> list[str]:
    """Return the stored values that count as a tier, or as no answer."""
    return [stored for stored, counted in COUNTS_AS.items() if counted is tier]


REFERRING: Final = tuple(stored for stored, refers in REFERS.items() if refers)
NOT_REFERRING: Final = tuple(stored for stored, refers in REFERS.items() if not refers)
