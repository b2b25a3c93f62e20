"""Decides the tier of a photo from the network's figures and the thresholds of its kind.

`urgency` is P(mel) + P(scc), uncalibrated; `cancer` is the calibrated probability of cancer. Both
are 0-1.
"""

from ml.labels import Tier
from ml.serving.card import KindCard


def decide(thresholds: KindCard, urgency: float, cancer: float) -> Tier:
    """Return the tier. A figure at its threshold reaches the tier."""
    if urgency >= thresholds.urgent.value:
        return Tier.URGENT
    return Tier.SOON if cancer >= thresholds.soon.value else Tier.WATCH


def is_uncertain(thresholds: KindCard, urgency: float, cancer: float) -> bool:
    """Return whether the deciding figure is within the confidence interval of its threshold.

    If `urgency` is below the interval of its threshold, `cancer` decides. Otherwise `urgency` does.
    """
    if urgency in thresholds.urgent:
        return True
    return urgency < thresholds.urgent.low and cancer in thresholds.soon


def cancers_per_100(thresholds: KindCard, cancer: float) -> int:
    """Return the cancers per 100 `valid` photos, for the bin that contains `cancer`."""
    return next(b.per_100 for b in reversed(thresholds.frequencies) if cancer >= b.low)
