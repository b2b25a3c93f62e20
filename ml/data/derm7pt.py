"""Derm7pt: each case photographed once through a dermatoscope and once by a camera.

Kawahara, Daneshvar, Argenziano and Hamarneh, "Seven-point checklist and skin lesion classification
using multitask multimodal neural nets", IEEE J-BHI 23, 538 (2019).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from ml.data.entries import SPLITS, Entry, checked_diagnosis, split_of
from ml.labels import OTHER, Diagnosis, Kind

NAME = "derm7pt"
# Columns of the authors' `meta.csv`.
COLUMNS = frozenset(("case_num", "derm", "clinic", "diagnosis"))
# By split: the authors' file that lists the split's cases by their rows in `meta.csv`.
INDEXES = {split: f"{split}_indexes.csv" for split in SPLITS}
VALID_SHARE = 0.2

# The diagnoses of the authors' `meta.csv`. "Miscellaneous" is not known to be benign.
DIAGNOSES: Mapping[str, str] = {
    "basal cell carcinoma": Diagnosis.BCC,
    "dermatofibroma": Diagnosis.DF,
    "lentigo": OTHER,
    "melanosis": OTHER,
    "seborrheic keratosis": Diagnosis.BKL,
    "vascular lesion": Diagnosis.VASC,
}


def entries(table: Sequence[Mapping[str, str]]) -> Iterator[Entry]:
    """Yield the pictures of our own table or the authors' `meta.csv`.

    Our `test` split is the authors' `valid` and `test`. Our `valid` split is about one case in
    five of their `train`.

    Raises:
        KeyError, ValueError: a column or a case's split is missing, or a value is unknown.
    """
    for row in table:
        if "image_type" in row:
            diagnosis = "" if row["diagnosis"] == "miscellaneous" else checked_diagnosis(row["dx"])
            yield _entry(
                row["image_id"], row["case_id"], diagnosis, row["split"], row["image_type"]
            )
        else:
            if "split" not in row:
                raise ValueError(
                    f"case {row['case_num']} is in none of {', '.join(INDEXES.values())}"
                )
            for column, kind in (("derm", Kind.DERMOSCOPIC), ("clinic", Kind.CAMERA)):
                image_id = PurePosixPath(row[column]).stem
                diagnosis = _diagnosis(row["diagnosis"])
                yield _entry(image_id, row["case_num"], diagnosis, row["split"], kind)


def _entry(image_id: str, case: str, diagnosis: str, split: str, kind: str) -> Entry:
    # A test case with a misspelt split would be used for training.
    if split not in SPLITS:
        raise ValueError(f"the split of case {case} is “{split}”, none of {', '.join(SPLITS)}")
    group = f"{NAME}/{case}"
    ours = "test" if split in {"valid", "test"} else split_of(group, valid=VALID_SHARE, test=0)
    return Entry(image_id, group, diagnosis, ours, NAME, Kind(kind), group)


def _diagnosis(name: str) -> str:
    if "melanoma" in name:
        return Diagnosis.MEL
    if name.endswith("nevus"):
        return Diagnosis.NV
    return DIAGNOSES.get(name, "")
