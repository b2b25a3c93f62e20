"""What a clinician's stored verdict or first impression says, as an urgency.

Today each is the urgency itself. Earlier ones were said of the model's tier, stay as they were
stored, and are read here: a referral is `urgent` where the model had called the photo so, and
`soon` elsewhere.
"""

from typing import Final

from diagnosis.rules import stored_tiers
from diagnosis.rules.urgency import Reading
from ml.labels import Tier

AGREE, DISAGREE, REFER = EARLIER = ("agree", "disagree", "refer")
_REFERRALS: Final = {(REFER, False), (REFER, True), (AGREE, True), (DISAGREE, False)}


_IMPRESSIONS: Final = {
    "suspicious": Reading.SOON,
    # Whoever cannot tell sends the person to a doctor.
    "unsure": Reading.SOON,
    "not_suspicious": Reading.WATCH,
}


def reading_of(verdict: str, tier: str) -> Reading:
    """Return a verdict as an urgency; the tier is the one that the clinician was shown."""
    if verdict not in EARLIER:
        return Reading(verdict)
    if (verdict, bool(stored_tiers.REFERS[tier])) not in _REFERRALS:
        return Reading.WATCH
    return Reading.URGENT if stored_tiers.COUNTS_AS[tier] is Tier.URGENT else Reading.SOON


def impression_of(finding: str) -> Reading:
    """Return a first impression as an urgency; earlier ones said suspicious or not."""
    return _IMPRESSIONS.get(finding) or Reading(finding)


def refers(reading: Reading) -> bool | None:
    """Return whether a reading sends the person to a doctor; None where it could not tell."""
    return None if reading.urgency is None else reading is not Reading.WATCH
