"""Evaluates the served classifier on any labelled set of photos."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ml.data import picture_files
from ml.data.ground_truth import Truth, read_labels
from ml.errors import OperatorError
from ml.evaluation import kind_report
from ml.evaluation.kind_report import NO_ANSWER, REFUSED, Answers
from ml.evaluation.predict import Answer, classify_all, refusal
from ml.labels import DIAGNOSES, Kind
from ml.serving.card import Report
from ml.serving.classifier import Classification, Classifier

NOTE = (
    "Refused photos are never flagged; they are left out of AUROC, average precision and "
    "calibration. Intervals: 95 %, bootstrap over lesions or patients where the table names them."
)


def evaluate(
    classifier: Classifier, pictures: Path, labels: Path, stated: Kind | None = None
) -> Report:
    """Return the report on the labelled pictures of a folder or zip. Each picture counts once.

    Raises:
        OperatorError: labels, pictures or all photos of a class are missing.
    """
    truth = read_labels(labels)
    answers: dict[str, Answer] = {}
    for file, answer in classify_all(classifier, pictures, stated):
        if (name := picture_files.image_id(file)) in truth:
            answers.setdefault(name, answer)
    if not answers:
        raise OperatorError(f"None of the {len(truth)} images in {labels} is in {pictures}.")
    if missing := len(truth) - len(answers):
        print(f"{missing} of the {len(truth)} images in {labels} are not in {pictures}.")
    return kind_report.report(collect([(truth[name], answer) for name, answer in answers.items()]))


def collect(answers: list[tuple[Truth, Answer]]) -> Answers:
    """Return answers and their truth as arrays."""
    results = [answer for _, answer in answers]
    return Answers(
        melanoma=np.array([_figure(answer, "melanoma") for answer in results], float),
        cancer=np.array([_figure(answer, "cancer") for answer in results], float),
        landing=np.array([_landing(answer) for answer in results]),
        reasons=np.array([refusal(answer) for answer in results], object),
        diagnoses=np.array([truth.diagnosis for truth, _ in answers], int),
        groups=np.array([truth.group for truth, _ in answers]),
        named=np.array([_named(answer) for answer in results], int),
    )


def _figure(answer: Answer, name: str) -> float:
    value = getattr(answer, name, None)
    return np.nan if value is None else float(value)


def _named(answer: Answer) -> int:
    """Return the position of the likeliest diagnosis, or -1 if there are no probabilities."""
    if not isinstance(answer, Classification) or not answer.probabilities:
        return -1
    return DIAGNOSES.index(max(answer.probabilities, key=lambda name: answer.probabilities[name]))


def _landing(answer: Answer) -> str:
    if refusal(answer):
        return REFUSED
    assert isinstance(answer, Classification)
    return answer.tier or NO_ANSWER


def write_report(result: Report, version: str, target: Path) -> None:
    content = {"model": version, "note": NOTE} | asdict(result)
    target.write_text(json.dumps(content, indent=2) + "\n")
