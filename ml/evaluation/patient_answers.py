"""`python -m ml patient-answers`: what patients' answers alone reveal about a lesion."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from ml import wilson
from ml.labels import Diagnosis

# The questions, each with PAD-UFES-20's columns. The last question combines two.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "bleeds": ("bleed",),
    "has changed": ("changed",),
    "has grown": ("grew",),
    "hurts": ("hurt",),
    "itches": ("itch",),
    "is raised": ("elevation",),
    "skin cancer before": ("skin_cancer_history",),
    "has changed or bleeds": ("changed", "bleed"),
}
CANCERS = frozenset({Diagnosis.MEL, Diagnosis.BCC, Diagnosis.SCC, Diagnosis.AKIEC})
YES, NO = "yes", "no"

Row = Mapping[str, str]
Lesion = Sequence[Row]


@dataclass(frozen=True)
class YesCount:
    """The number of lesions with the answer yes, and with any answer."""

    yes: int
    known: int

    @property
    def interval(self) -> tuple[float, float, float]:
        """The share with the ends of its 95 % interval."""
        return self.yes / self.known, *wilson.interval(self.yes, self.known)


@dataclass(frozen=True)
class Answer:
    """The answers to a question for cancers and for benign lesions."""

    question: str
    cancers: YesCount
    benign: YesCount


def measure(table: Sequence[Row]) -> list[Answer]:
    """Count the answers in our table of PAD-UFES-20.

    Each lesion counts once, however many photos it has.
    """
    lesions = list(_lesions(table))
    return [
        Answer(
            question,
            _count((lesion for lesion in lesions if _is_cancer(lesion)), columns),
            _count((lesion for lesion in lesions if not _is_cancer(lesion)), columns),
        )
        for question, columns in QUESTIONS.items()
    ]


def _lesions(table: Sequence[Row]) -> Iterator[Lesion]:
    def key(row: Row) -> tuple[str, str]:
        return row["patient_id"], row["lesion_id"]

    for _, rows in groupby(sorted(table, key=key), key):
        yield list(rows)


def _is_cancer(lesion: Lesion) -> bool:
    return Diagnosis(lesion[0]["dx"]) in CANCERS


def _count(lesions: Iterable[Lesion], columns: Sequence[str]) -> YesCount:
    answers = [{row[column] for row in lesion for column in columns} for lesion in lesions]
    yes = sum(YES in answer for answer in answers)
    return YesCount(yes, yes + sum(YES not in answer and NO in answer for answer in answers))


def write(answers: Sequence[Answer], record: Path) -> None:
    record.write_text(json.dumps([asdict(answer) for answer in answers], indent=1) + "\n")


def read(record: Path) -> list[Answer]:
    return [
        Answer(entry["question"], YesCount(**entry["cancers"]), YesCount(**entry["benign"]))
        for entry in json.loads(record.read_text())
    ]
