"""How well the served classifier does on any labelled set of photos."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ml import diagnoses, metrics, tables
from ml.card import Report
from ml.classifier import Classification, Classifier
from ml.errors import OperatorError
from ml.predict import Answer, classify_labelled, refusal

NOTE = (
    "Refused photos have no score: they are counted here, and left out of every metric. "
    "Intervals: 95 %, bootstrap within each class."
)


def evaluate(classifier: Classifier, pictures: Path, labels: Path) -> Report:
    """Return the report on the labelled pictures of a folder or zip.

    Raises:
        OperatorError: labels or pictures are missing, or one class is.
    """
    truth = read_labels(labels)
    answers = list(classify_labelled(classifier, pictures, truth))
    missing = len(truth.keys() - dict(answers).keys())
    if missing:
        raise OperatorError(
            f"{missing} of the {len(truth)} images in {labels} are not in {pictures}."
        )
    return report(((truth[name], answer) for name, answer in answers), classifier.card.threshold)


def read_labels(path: Path) -> dict[str, bool]:
    """Return whether each image is a melanoma, from a public table.

    The truth is a column `melanoma` (1 or 0), HAM10000's `dx`, or the ISIC Archive's diagnoses.

    Raises:
        OperatorError: the file or its columns are missing, or it contradicts itself.
    """
    return diagnoses.melanomas_of(tables.read(path))


def report(answers: Iterable[tuple[bool, Answer]], threshold: float) -> Report:
    """Return the report on answers with their truth.

    Raises:
        OperatorError: the scored photos are all melanomas, or none is.
    """
    listed = list(answers)
    reasons = Counter(str(refusal(answer)) for _, answer in listed if refusal(answer))
    scored = [
        (truth, answer.probability)
        for truth, answer in listed
        if isinstance(answer, Classification) and answer.probability is not None
    ]
    truth = np.array([melanoma for melanoma, _ in scored], bool)
    if truth.all() or not truth.any():
        raise OperatorError("An evaluation needs scored photos of melanoma and of something else.")
    probability = np.array([p for _, p in scored])
    melanomas = sum(melanoma for melanoma, _ in listed)
    return Report(
        images=len(listed),
        melanomas=melanomas,
        refused=dict(sorted(reasons.items())),
        refused_melanomas=melanomas - int(truth.sum()),
        metrics=metrics.measure(truth, probability, threshold),
    )


def write_report(result: Report, version: str, target: Path) -> None:
    content = {"model": version, "note": NOTE} | asdict(result)
    target.write_text(json.dumps(content, indent=2) + "\n")
