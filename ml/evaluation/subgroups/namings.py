"""How often a diagnosis came true that the network named, and what is taken for what."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.data.ground_truth import BENIGN
from ml.evaluation.kind_report import Answers
from ml.evaluation.scored_photos import Scored
from ml.evaluation.subgroups.subgroup_figures import share
from ml.labels import DIAGNOSES, MALIGNANT
from ml.serving.shares import Share

# Among the three that clinicians see, by their order.
FIRST, LATER = "first", "second or third"
PLACES = {FIRST: slice(0, 1), LATER: slice(1, 3)}


@dataclass(frozen=True)
class Naming:
    """Of photos of a kind in which the network gave a diagnosis this place: how many were that."""

    kind: str
    diagnosis: str
    place: str  # of `PLACES`
    counted: Share


@dataclass(frozen=True)
class Confusion:
    """Of the photos of a source that are one diagnosis: how many the network named what, first."""

    kind: str
    source: str
    truth: str
    named: dict[str, int]


def confusions(kind: str, scored: Scored, answers: Answers) -> Iterator[Confusion]:
    """Yield what was named first of each diagnosis in each source, on photos with an answer."""
    first = scored.logits.argmax(1)
    for source in np.unique(scored.sources).tolist():
        for position, truth in enumerate(DIAGNOSES):
            told = answers.is_answered & (scored.sources == source)
            named = first[told & (scored.diagnoses == position)]
            if len(named):
                counts = np.bincount(named, minlength=len(DIAGNOSES)).tolist()
                by_name = {name.value: count for name, count in zip(DIAGNOSES, counts, strict=True)}
                yield Confusion(kind, source, truth.value, by_name)


def measure(kind: str, scored: Scored, answers: Answers) -> Iterator[Naming]:
    """Yield how often each diagnosis came true, on the photos that have an answer.

    Where all that is known of a photo is that it is benign, it says nothing of benign diagnoses.
    """
    ranked = np.argsort(-scored.logits, axis=1, kind="stable")
    for place, columns in PLACES.items():
        for position, diagnosis in enumerate(DIAGNOSES):
            told = answers.is_answered & (ranked[:, columns] == position).any(1)
            if diagnosis not in MALIGNANT:
                told &= scored.diagnoses != BENIGN
            found = share(scored.diagnoses[told] == position, scored.groups[told])
            if found:
                yield Naming(kind, diagnosis.value, place, found)
