"""The truth about labelled pictures, from tables as they are published."""

import csv
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ml.errors import OperatorError
from ml.labels import DIAGNOSES, OTHER, Diagnosis

# Where the diagnosis is not one of `labels.DIAGNOSES`: more is not known, or it is benign.
NOT_MELANOMA, BENIGN = -1, -2
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".bmp", ".tif", ".tiff"}
# What may not be separated when figures are resampled, the widest first.
GROUPS = ("patient_id", "case_id", "lesion_id")
# The ISIC Archive's `diagnosis`; what is not here is benign where the table says so.
NAMES = {
    "melanoma": Diagnosis.MEL,
    "melanoma metastasis": Diagnosis.MEL,
    "nevus": Diagnosis.NV,
    "basal cell carcinoma": Diagnosis.BCC,
    "actinic keratosis": Diagnosis.AKIEC,
    "squamous cell carcinoma": Diagnosis.SCC,
    "pigmented benign keratosis": Diagnosis.BKL,
    "seborrheic keratosis": Diagnosis.BKL,
    "lichenoid keratosis": Diagnosis.BKL,
    "solar lentigo": Diagnosis.BKL,
    "lentigo nos": Diagnosis.BKL,
    "lentigo simplex": Diagnosis.BKL,
    "dermatofibroma": Diagnosis.DF,
    "vascular lesion": Diagnosis.VASC,
    "angioma": Diagnosis.VASC,
}


class Truth(NamedTuple):
    """What is known of a picture: a position in `labels.DIAGNOSES`, or below 0; and its group."""

    diagnosis: int
    group: str

    @property
    def is_melanoma(self) -> bool:
        return self.diagnosis == DIAGNOSES.index(Diagnosis.MEL)


def read_labels(path: Path) -> dict[str, Truth]:
    """Return the truth about each image, from a CSV with `image_id` and one column that tells it.

    That is HAM10000's `dx`, the ISIC Archive's `diagnosis`, or `melanoma` (1 or 0): the first of
    these that is there.

    Raises:
        OperatorError: the file or its columns are missing, or a diagnosis is unknown.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise OperatorError(f"{path} cannot be read ({error.strerror}).") from error
    columns = [name for name in READERS if rows and name in rows[0]]
    if not columns or "image_id" not in rows[0]:
        raise OperatorError(
            f"{path} needs the columns image_id and dx, diagnosis or melanoma (1 or 0)."
        )
    read = READERS[columns[0]]
    try:
        return {_name(row["image_id"]): Truth(read(row), _group(row)) for row in rows}
    except ValueError as error:
        raise OperatorError(f"{path} has a diagnosis that is not known: {error}.") from error


def _name(image_id: str) -> str:
    """Return an image's id without the suffix of its file: some tables have it."""
    path = PurePosixPath(image_id)
    return path.stem if path.suffix.lower() in SUFFIXES else image_id


def _group(row: Mapping[str, str]) -> str:
    return next((row[name] for name in GROUPS if row.get(name)), row["image_id"])


def _by_dx(row: Mapping[str, str]) -> int:
    dx = row["dx"].strip().lower()
    if dx in {OTHER, "not_mel", ""}:
        return BENIGN if dx == OTHER else NOT_MELANOMA
    return DIAGNOSES.index(Diagnosis(dx))


def _by_diagnosis(row: Mapping[str, str]) -> int:
    name = row["diagnosis"].strip().lower()
    if found := NAMES.get(name) or (Diagnosis(name) if name in {*Diagnosis} else None):
        return DIAGNOSES.index(found)
    is_benign = row.get("benign_malignant", "").strip().lower() == "benign"
    return BENIGN if is_benign else NOT_MELANOMA


def _by_melanoma(row: Mapping[str, str]) -> int:
    is_melanoma = row["melanoma"].strip().lower() in {"1", "1.0", "true", "yes"}
    return DIAGNOSES.index(Diagnosis.MEL) if is_melanoma else NOT_MELANOMA


READERS = {"dx": _by_dx, "diagnosis": _by_diagnosis, "melanoma": _by_melanoma}
