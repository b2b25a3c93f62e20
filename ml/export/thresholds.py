"""Sets the two thresholds between the three tiers, as high as the required sensitivity allows."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import numpy as np

from ml.errors import OperatorError
from ml.evaluation import bootstrap
from ml.labels import DIAGNOSES, Diagnosis
from ml.serving.card import Interval

# Share of melanomas that must be "urgent", and of squamous cell carcinomas if there are
# `ENOUGH_SCC`.
URGENT_SHARE = 0.92
ENOUGH_SCC = 20
# Share of cancers that must be "urgent" or "soon".
FLAGGED_SHARE = 0.95
# With fewer melanomas or cancers, the `valid` split is too small to set a threshold.
ENOUGH = 30


class Graded(NamedTuple):
    """The properties of n photos that thresholds depend on. A refused photo is never flagged."""

    urgency: np.ndarray  # (n,), P(mel) + P(scc)
    cancer: np.ndarray  # (n,), P(cancer), calibrated
    is_refused: np.ndarray  # (n,) bool
    diagnoses: np.ndarray  # (n,), positions in `labels.DIAGNOSES`
    malignant: np.ndarray  # (n,) bool
    groups: np.ndarray  # (n,), drawn together in the bootstrap

    def take(self, rows: np.ndarray) -> "Graded":
        return Graded(*(column[rows] for column in self))


def highest(scores: np.ndarray, share: float) -> float:
    """Return the highest threshold that at least this share of the scores reaches.

    Raises:
        OperatorError: too many scores are minus infinity, which stands for a refused photo.
    """
    needed = max(int(np.ceil(share * len(scores) - 1e-9)), 1)
    threshold = np.sort(scores)[::-1][needed - 1]
    if np.isneginf(threshold):
        raise OperatorError("The gate refuses so many cancers that no threshold finds enough.")
    return float(threshold)


def must_be_urgent(diagnoses: np.ndarray) -> tuple[Diagnosis, ...]:
    """Return the diagnoses that must reach `URGENT_SHARE`.

    Only the `valid` split decides this, even if the thresholds are set on out-of-fold scores. The
    network that gave those scores may never have seen a squamous cell carcinoma, since it was
    trained without a source. So its scores say nothing about carcinomas.

    Args:
        diagnoses: (n,), diagnoses of the `valid` photos, as positions in `labels.DIAGNOSES`.
    """
    carcinomas = (diagnoses == DIAGNOSES.index(Diagnosis.SCC)).sum()
    return (Diagnosis.MEL, Diagnosis.SCC) if carcinomas >= ENOUGH_SCC else (Diagnosis.MEL,)


def urgent(graded: Graded, diagnoses: Collection[Diagnosis]) -> float:
    """Return the highest threshold of P(mel) + P(scc) that finds enough of each diagnosis."""
    scores = np.where(graded.is_refused, -np.inf, graded.urgency)
    by_diagnosis = [scores[graded.diagnoses == DIAGNOSES.index(name)] for name in diagnoses]
    return min(highest(members, URGENT_SHARE) for members in by_diagnosis if len(members))


def soon(graded: Graded, urgent_from: float) -> float:
    """Return the highest threshold of P(cancer) that, with `urgent_from`, finds enough cancers."""
    scores = np.where(graded.urgency >= urgent_from, 1.0, graded.cancer)
    malignant_scores = np.where(graded.is_refused, -np.inf, scores)[graded.malignant]
    return highest(malignant_scores, FLAGGED_SHARE)


def fit(
    for_urgent: Graded, for_soon: Graded, diagnoses: Collection[Diagnosis]
) -> tuple[Interval, Interval]:
    """Return both thresholds with their 95 % intervals, from a bootstrap over whole groups.

    The two sets of photos differ if one of them has out-of-fold scores. `diagnoses` is the result
    of `must_be_urgent`.
    """
    first = urgent(for_urgent, diagnoses)
    drawn = [_or_zero(partial(urgent, sample, diagnoses)) for sample in _samples(for_urgent)]
    second = soon(for_soon, first)
    drawn_second = [_or_zero(partial(soon, sample, first)) for sample in _samples(for_soon)]
    return _interval(first, drawn), _interval(second, drawn_second)


def _or_zero(fitted: Callable[[], float]) -> float:
    """Return a sample's threshold, or 0 (which flags all) if the gate refuses too many photos."""
    with suppress(OperatorError):
        return fitted()
    return 0.0


def _samples(graded: Graded) -> Iterator[Graded]:
    return (graded.take(rows) for rows in bootstrap.draws(graded.groups, graded.diagnoses))


def _interval(value: float, drawn: list[float]) -> Interval:
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Interval(value, min(float(low), value), max(float(high), value))
