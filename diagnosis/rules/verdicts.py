"""Translates clinicians' stored verdicts and first impressions into readings (see `Reading`).

Today each verdict is a reading. Verdicts of earlier releases, such as "agree", refer to the model's
tier. They are stored unchanged and translated here. If such a verdict sent the person to a doctor,
it is `urgent` if the tier was urgent, and `soon` otherwise. If not, it is `watch`.
"""

from typing import Final

from diagnosis.rules import stored_tiers
from diagnosis.rules.urgency import Reading
from ml.labels import Tier

AGREE, DISAGREE, REFER = EARLIER = ("agree", "disagree", "refer")
# Earlier verdicts that sent the person to a doctor, with whether the model's tier did so.
_REFERRALS: Final = {(REFER, False), (REFER, True), (AGREE, True), (DISAGREE, False)}


_IMPRESSIONS: Final = {
    "suspicious": Reading.SOON,
    # A clinician who cannot tell sends the person to a doctor.
    "unsure": Reading.SOON,
    "not_suspicious": Reading.WATCH,
}


def reading_of(verdict: str, tier: str) -> Reading:
    """Return a verdict as a reading. `tier` is the tier that the clinician was shown."""
    if verdict not in EARLIER:
        return Reading(verdict)
    if (verdict, bool(stored_tiers.REFERS[tier])) not in _REFERRALS:
        return Reading.WATCH
    return Reading.URGENT if stored_tiers.COUNTS_AS[tier] is Tier.URGENT else Reading.SOON


def impression_of(finding: str) -> Reading:
    """Return a first impression as a reading, also for impressions of earlier releases."""
    return _IMPRESSIONS.get(finding) or Reading(finding)


def refers(reading: Reading) -> bool | None:
    """Return whether a reading sends the person to a doctor. None if the photo was unusable."""
    return None if reading.urgency is None else reading is not Reading.WATCH
