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
# Numbers of cases of the rarer kind: for drawing a curve, for a meaningful interval, and for a
# meaningful estimate.
FEWEST, SURE, MANY = 2, 10, 100


@dataclass(frozen=True)
class Case:
    """A photo that both versions have read, and its ground truth, if there is any."""

    screening: Screening
    outputs: tuple[Output, Output]
    truth: bool | None

    @property
    def is_disputed(self) -> bool:
        one, other = self.outputs
        return one.counts_as != other.counts_as

    @property
    def has_scores(self) -> bool:
        """Whether both versions gave a probability.

        A kind of photo that was not taught has none.
        """
        return all(output.score is not None for output in self.outputs)


@dataclass(frozen=True)
class Figures:
    """The figures of one version on the cases with ground truth."""

    version: str
    scores: list[float]
    flagged: list[bool]
    auroc: float
    interval: Interval | None
    found: int  # share of the suspicious cases that it sends to a doctor
    spared: int  # share of the other cases that it does not send to a doctor


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
        """Each lesion's newest case with known truth; intervals assume independent cases."""
        known = [case for case in self.cases if case.truth is not None and case.has_scores]
        return list({case.screening.lesion_id: case for case in reversed(known)}.values())

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
    def others(self) -> int:
        return len(self.settled) - self.suspicious

    @property
    def fewest(self) -> int:
        return min(self.suspicious, self.others)

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
            found=sum(map(and_, self.truth, flagged)),
            spared=len(flagged) - sum(map(or_, self.truth, flagged)),
        )


def compare(one: str, other: str) -> Comparison:
    both = Screening.objects.read_by_model(one).read_by_model(other)
    found = both.prefetch_related(
        "predictions", "shadow_predictions", "reviews", "lesion__histologies"
    )
    return Comparison((one, other), [_case(row, one, other) for row in found[:NEWEST]])


def _case(screening: Screening, one: str, other: str) -> Case:
    outputs: Sequence[Output] = [*screening.predictions.all(), *screening.shadow_predictions.all()]
    by_version = {output.model_version: output for output in outputs}
    return Case(screening, (by_version[one], by_version[other]), truth(screening))


def truth(screening: Screening) -> bool | None:
    """Return whether a photo shows what a model should find, or None if that is not known.

    A biopsy outranks readings: malignant against benign. Without a biopsy, the truth is whether
    clinicians sent the person to a doctor.
    """
    if screening.histology:
        return screening.histology.diagnosis != Histology.Diagnosis.BENIGN
    if screening.prediction is None:
        return None
    settled = review_policy.settled(screening.prediction.tier, screening.findings)
    return refers(settled) if settled else None
