"""Fits a card's values for one kind of photo: calibration, thresholds, frequencies, gate."""

import numpy as np

from ml.evaluation import calibration
from ml.evaluation.scored_photos import Scored
from ml.export import gate_fit, thresholds
from ml.export.thresholds import Graded
from ml.labels import DIAGNOSES, Diagnosis, Kind
from ml.serving.card import Calibration, KindCard
from ml.serving.gate import GateLimits

# Largest shares of `valid` lesions that `_lesion_limit` may refuse, by kind. `OF_SOURCE` has
# exceptions. All limits together may refuse 2 % of dermoscopic photos, 4 % of camera photos, and
# 5 % of palms and soles, whose skin looks different.
REFUSED_LESIONS = {Kind.DERMOSCOPIC: 0.015, Kind.CAMERA: 0.025}
OF_SOURCE = {"isic_acral": 0.03}
# With fewer `valid` photos, a diagnosis has no meaningful figures, and is not in `taught`.
ENOUGH_TO_TEACH = 10


def fit(kind: Kind, valid: Scored, unseen: Scored | None = None) -> KindCard:
    """Return the fitted values of one kind of photo, without reports.

    Args:
        kind: the kind of all the photos.
        valid: the photos of the `valid` split that are known to be cancer or not.
        unseen: photos of this kind with out-of-fold scores (by networks that were trained without
            their source), for thresholds that need more photos than the `valid` split has.

    Raises:
        OperatorError: the gate refuses so many cancers that no threshold finds enough.
    """
    weights = calibration.one_vote_each(valid.sources)
    cancer = calibration.fit(valid.cancer_odds, valid.malignant, weights)
    gate = gate_fit.quality_limits(valid.quality, _lesion_limit(kind, valid))
    graded = {name: _graded(photos, cancer, gate) for name, photos in _sets(valid, unseen).items()}
    urgent_diagnoses = thresholds.must_be_urgent(valid.diagnoses)
    urgent, soon = thresholds.fit(graded["urgent"], graded["soon"], urgent_diagnoses)
    is_read = valid.reasons(gate) == ""
    return KindCard(
        melanoma=calibration.fit(valid.melanoma_odds, valid.melanoma, weights),
        cancer=cancer,
        urgent=urgent,
        soon=soon,
        frequencies=calibration.frequencies(
            cancer.probability(valid.cancer_odds[is_read]), valid.malignant[is_read]
        ),
        gate=gate,
        share=round(float(valid.malignant.mean()), 4),
        taught=_taught(valid.diagnoses),
        out_of_fold=tuple(n for n, photos in _sets(valid, unseen).items() if photos is not valid),
    )


def lacks(valid: Scored, unseen: Scored | None = None) -> str:
    """Return what a kind's thresholds lack ("9 melanomas instead of 30"), or an empty text."""
    used = _sets(valid, unseen)
    counts = {
        "melanomas": int(used["urgent"].melanoma.sum()),
        "cancers": int(used["soon"].malignant.sum()),
    }
    few = [f"{n} {name}" for name, n in counts.items() if n < thresholds.ENOUGH]
    return " and ".join(few) and f"{' and '.join(few)} instead of {thresholds.ENOUGH}"


def _sets(valid: Scored, unseen: Scored | None) -> dict[str, Scored]:
    """Return the photos on which each threshold is set."""
    counts = {"urgent": valid.melanoma.sum(), "soon": valid.malignant.sum()}
    return {
        name: valid if unseen is None or count >= thresholds.ENOUGH else unseen
        for name, count in counts.items()
    }


def _lesion_limit(kind: Kind, valid: Scored) -> float:
    """Return the highest limit that does not refuse too many lesions of any source."""
    limits = [
        np.quantile(
            valid.lesion[valid.sources == source],
            OF_SOURCE.get(source, REFUSED_LESIONS[kind]),
            method="lower",
        )
        for source in np.unique(valid.sources).tolist()
    ]
    return float(np.floor(min(limits) * 100) / 100)


def _graded(scored: Scored, cancer: Calibration, limits: GateLimits) -> Graded:
    return Graded(
        urgency=scored.urgency,
        cancer=cancer.probability(scored.cancer_odds),
        is_refused=scored.reasons(limits) != "",
        diagnoses=scored.diagnoses,
        malignant=scored.malignant,
        groups=scored.groups,
    )


def _taught(diagnoses: np.ndarray) -> tuple[Diagnosis, ...]:
    counts = np.bincount(diagnoses[diagnoses >= 0], minlength=len(DIAGNOSES))
    return tuple(d for d, n in zip(DIAGNOSES, counts, strict=True) if n >= ENOUGH_TO_TEACH)
