"""Compares two model versions on the newest photos that both have read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import and_, or_

import numpy as np

from diagnosis.models import Histology, Output, Screening
from diagnosis.rules import review_policy, stored_tiers
from diagnosis.rules.verdicts import refers
from ml.evaluation import delong
from ml.serving.card import Interval

NEWEST = 1000
# Cases of the rarer class that are needed: FEWEST to draw a curve, SURE to give an interval, MANY
# to rely on the estimates.
FEWEST, SURE, MANY = 2, 10, 100


@dataclass(frozen=True)
class Case:
    """A photo that both versions have read. `truth`: whether it is suspicious; None if unknown."""

    screening: Screening
    outputs: tuple[Output, Output]
    truth: bool | None

    @property
    def is_disputed(self) -> bool:
        first, second = self.outputs
        return first.counts_as != second.counts_as

    @property
    def has_scores(self) -> bool:
        """Whether both versions gave a probability.

        A version gives none for a kind of photo that it was not taught.
        """
        return all(output.score is not None for output in self.outputs)


@dataclass(frozen=True)
class Figures:
    """The figures of one version on the cases whose truth is known."""

    version: str
    scores: list[float]
    flagged: list[bool]
    auroc: float
    interval: Interval | None
    true_positives: int  # suspicious cases that it sends to a doctor
    true_negatives: int  # other cases that it does not send to a doctor


@dataclass(frozen=True)
class Comparison:
    versions: tuple[str, str]
    cases: list[Case]

    @property
    def is_cut(self) -> bool:
        return len(self.cases) == NEWEST

    @cached_property
    def disputed(self) -> list[Case]:
        return [case for case in self.cases if case.is_disputed]

    @cached_property
    def settled(self) -> list[Case]:
        """Each lesion's newest case with known truth and both probabilities.

        One case a lesion, since intervals assume independent cases.
        """
        scored = [case for case in self.cases if case.truth is not None and case.has_scores]
        return list({case.screening.lesion_id: case for case in reversed(scored)}.values())

    @cached_property
    def truth(self) -> list[bool]:
        return [bool(case.truth) for case in self.settled]

    @property
    def biopsied(self) -> int:
        return sum(case.screening.histology is not None for case in self.settled)

    @property
    def suspicious(self) -> int:
        return sum(self.truth)

    @property
    def unsuspicious(self) -> int:
        return len(self.settled) - self.suspicious

    @property
    def fewest(self) -> int:
        return min(self.suspicious, self.unsuspicious)

    @property
    def is_small(self) -> bool:
        return self.fewest < MANY

    @cached_property
    def _areas(self) -> tuple[np.ndarray, np.ndarray]:
        outputs = [[output.score for output in case.outputs] for case in self.settled]
        return delong.areas(np.array(self.truth), np.array(outputs).T)

    @cached_property
    def figures(self) -> list[Figures]:
        """Return both versions' figures, or none if there are too few cases."""
        return [self._figures(number) for number in (0, 1)] if self.fewest >= FEWEST else []

    @property
    def difference(self) -> Interval | None:
        """The first version's AUROC minus the second's."""
        return delong.difference(*self._areas) if self.fewest >= SURE else None

    def _figures(self, number: int) -> Figures:
        areas, covariance = self._areas
        outputs = [case.outputs[number] for case in self.settled]
        flagged = [bool(stored_tiers.REFERS[output.tier]) for output in outputs]
        area, variance = float(areas[number]), float(covariance[number, number])
        return Figures(
            version=self.versions[number],
            scores=[output.score for output in outputs if output.score is not None],
            flagged=flagged,
            auroc=area,
            interval=delong.interval(area, variance) if self.fewest >= SURE else None,
            true_positives=sum(map(and_, self.truth, flagged)),
            true_negatives=len(flagged) - sum(map(or_, self.truth, flagged)),
        )


def compare(first: str, second: str) -> Comparison:
    both = Screening.objects.read_by_model(first).read_by_model(second)
    screenings = both.prefetch_related(
        "predictions", "shadow_predictions", "reviews", "lesion__histologies"
    )
    return Comparison((first, second), [_case(row, first, second) for row in screenings[:NEWEST]])


def _case(screening: Screening, first: str, second: str) -> Case:
    outputs: Sequence[Output] = [*screening.predictions.all(), *screening.shadow_predictions.all()]
    by_version = {output.model_version: output for output in outputs}
    return Case(screening, (by_version[first], by_version[second]), truth(screening))


def truth(screening: Screening) -> bool | None:
    """Return whether a photo is suspicious, or None if that is not known.

    A photo is suspicious if the biopsy found a malignant tumour or, without a biopsy, if clinicians
    sent the person to a doctor.
    """
    if screening.histology:
        return screening.histology.diagnosis != Histology.Diagnosis.BENIGN
    if screening.prediction is None:
        return None
    settled = review_policy.settled(screening.prediction.tier, screening.findings)
    return refers(settled) if settled else None
