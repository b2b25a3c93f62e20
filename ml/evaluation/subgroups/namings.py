"""Measures how often a named diagnosis was right, and which diagnoses are confused."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.data.ground_truth import BENIGN
from ml.evaluation.kind_report import Answers
from ml.evaluation.scored_photos import Scored
from ml.evaluation.subgroups.subgroup_figures import share
from ml.labels import DIAGNOSES, MALIGNANT
from ml.serving.shares import Share

# Rank among the three diagnoses that clinicians see.
FIRST, LATER = "first", "second or third"
PLACES = {FIRST: slice(0, 1), LATER: slice(1, 3)}


@dataclass(frozen=True)
class Naming:
    """How often a diagnosis is right if the network gives it a certain rank."""

    kind: str
    diagnosis: str
    place: str  # one of `PLACES`
    counted: Share


@dataclass(frozen=True)
class Confusion:
    """A row of a source's confusion matrix: how the photos of one diagnosis were named."""

    kind: str
    source: str
    truth: str
    named: dict[str, int]  # number of photos by the diagnosis that the network named first


def confusions(kind: str, scored: Scored, answers: Answers) -> Iterator[Confusion]:
    """Yield the rows of the confusion matrix of each source, for answered photos."""
    first = scored.logits.argmax(1)
    for source in np.unique(scored.sources).tolist():
        for position, truth in enumerate(DIAGNOSES):
            members = answers.is_answered & (scored.sources == source)
            named = first[members & (scored.diagnoses == position)]
            if len(named):
                counts = np.bincount(named, minlength=len(DIAGNOSES)).tolist()
                by_name = {name.value: count for name, count in zip(DIAGNOSES, counts, strict=True)}
                yield Confusion(kind, source, truth.value, by_name)


def measure(kind: str, scored: Scored, answers: Answers) -> Iterator[Naming]:
    """Yield how often each named diagnosis was right, for answered photos.

    For benign diagnoses, benign photos without an exact diagnosis are left out.
    """
    ranked = np.argsort(-scored.logits, axis=1, kind="stable")
    for place, columns in PLACES.items():
        for position, diagnosis in enumerate(DIAGNOSES):
            members = answers.is_answered & (ranked[:, columns] == position).any(1)
            if diagnosis not in MALIGNANT:
                members &= scored.diagnoses != BENIGN
            counted = share(scored.diagnoses[members] == position, scored.groups[members])
            if counted:
                yield Naming(kind, diagnosis.value, place, counted)
