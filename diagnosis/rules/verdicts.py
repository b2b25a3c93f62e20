"""What a clinician's stored verdict says, as an urgency.

Today a verdict is the urgency itself. Earlier ones were said of the model's tier, stay as they were
stored, and are read here: a referral is `urgent` where the model had called the photo so, and
`soon` elsewhere.
"""

from typing import Final

from diagnosis.rules import tiers
from diagnosis.rules.urgency import Reading
from ml.labels import Tier

AGREE, DISAGREE, REFER = EARLIER = ("agree", "disagree", "refer")
_REFERRALS: Final = {(REFER, False), (REFER, True), (AGREE, True), (DISAGREE, False)}


def reading_of(verdict: str, tier: str) -> Reading:
    """Return a verdict as an urgency; the tier is the one that the clinician was shown."""
    if verdict not in EARLIER:
        return Reading(verdict)
    if (verdict, bool(tiers.REFERS[tier])) not in _REFERRALS:
        return Reading.WATCH
    return Reading.URGENT if tiers.COUNTS_AS[tier] is Tier.URGENT else Reading.SOON
