"""Measures how reliably a network recognises the kind of a photo, and sets limits for doubt."""

from collections.abc import Mapping

import numpy as np

from ml.evaluation import bootstrap
from ml.evaluation.scored_photos import Scored
from ml.labels import Kind
from ml.serving.card import Interval

# Share of a kind's `valid` photos that may lie beyond its limit, on the other kind's side.
LEFT_OUT = 0.01


def limits(scored: Mapping[Kind, Scored]) -> tuple[float, float] | None:
    """Return the network's logits between which a photo may be of either kind.

    None: the network has no output for the kind, or there are no photos of one of the kinds.
    """
    if set(scored) != set(Kind) or any(np.isnan(photos.kind).any() for photos in scored.values()):
        return None
    dermoscopic = float(np.quantile(scored[Kind.DERMOSCOPIC].kind, LEFT_OUT))
    camera = float(np.quantile(scored[Kind.CAMERA].kind, 1 - LEFT_OUT))
    return min(dermoscopic, camera), max(dermoscopic, camera)


def report(
    scored: Mapping[Kind, Scored], limits: tuple[float, float]
) -> dict[str, dict[str, Interval]]:
    """Return the share of photos recognised correctly and the share in doubt, by source and kind.

    A photo is recognised correctly if its logit is on its kind's side of the middle between the
    limits.
    """
    return {
        f"{source}, {kind}": _shares(
            photos.take(np.flatnonzero(photos.sources == source)), kind, limits
        )
        for kind, photos in scored.items()
        for source in np.unique(photos.sources)
    }


def _shares(scored: Scored, kind: Kind, limits: tuple[float, float]) -> dict[str, Interval]:
    low, high = limits
    right = (scored.kind >= (low + high) / 2) == (kind is Kind.DERMOSCOPIC)
    doubted = (scored.kind >= low) & (scored.kind < high)
    return bootstrap.intervals(
        lambda rows: {"right": float(right[rows].mean()), "in_doubt": float(doubted[rows].mean())},
        scored.groups,
        np.zeros(len(right)),
    )
