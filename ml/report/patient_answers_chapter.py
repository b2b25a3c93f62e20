"""Writes the chapter of docs/results.md on patients' answers from its record."""

from pathlib import Path

from ml.evaluation import markdown, patient_answers
from ml.evaluation.patient_answers import YesCount

INTRODUCTION = (
    "PAD-UFES-20 has the patients' answers about each lesion. The table has the share of yes "
    "among the lesions with a known answer (95 % interval, Wilson). Each lesion counts once, and "
    "no photo or model is involved. “Cancer” includes actinic keratosis, which can become cancer. "
    "Growth hardly distinguishes cancers from benign lesions here, but by the guidelines it is a "
    "reason to see a doctor. The patients had come to a skin cancer clinic, so the shares in daily "
    "life are different."
)
HEAD = ["question", "cancers", "benign"]


def chapter(record: Path) -> str:
    """Return the chapter in Markdown."""
    rows = [
        [answer.question, _cell(answer.cancers), _cell(answer.benign)]
        for answer in patient_answers.read(record)
    ]
    table = markdown.table(HEAD, rows)
    return f"## Patients' answers (PAD-UFES-20)\n\n{INTRODUCTION}\n\n{table}"


def _cell(counted: YesCount) -> str:
    share, low, high = (f"{100 * figure:.0f}" for figure in counted.interval)
    return f"{share} % ({low}–{high}) of {counted.known}"
