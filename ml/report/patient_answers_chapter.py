"""Writes the chapter of docs/results.md on patients' answers from its record."""

from pathlib import Path

from ml.evaluation import markdown, patient_answers
from ml.evaluation.patient_answers import Said

INTRODUCTION = (
    "PAD-UFES-20 holds what patients answered about each lesion. Of those who knew the answer, so "
    "many said yes (95 % interval, Wilson), each lesion counted once; no photo and no model is "
    "involved. Cancers and forerunners are melanoma, basal and squamous cell carcinoma and actinic "
    "keratosis. Growth tells the two apart poorly here: it asks for a doctor by the guidelines, "
    "not by this data. The patients had come to a clinic of skin cancer: in daily life other "
    "shares hold."
)
HEAD = ["the lesion …", "cancers and forerunners", "benign"]


def chapter(record: Path) -> str:
    """Return the chapter in Markdown."""
    rows = [
        [one.question, _cell(one.cancers), _cell(one.benign)]
        for one in patient_answers.read(record)
    ]
    table = markdown.table(HEAD, rows)
    return f"## What patients' answers tell (PAD-UFES-20)\n\n{INTRODUCTION}\n\n{table}"


def _cell(said: Said) -> str:
    share, low, high = (f"{100 * figure:.0f}" for figure in said.interval)
    return f"{share} % ({low}–{high}) of {said.known}"
