"""The ground truth of pictures, from published tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ml.data import diagnosis_names, tables
from ml.labels import DIAGNOSES, OTHER, Diagnosis

# For diagnoses outside `labels.DIAGNOSES`: only "not melanoma" or only "benign" is known.
NOT_MELANOMA, BENIGN = -1, -2
MELANOMA = DIAGNOSES.index(Diagnosis.MEL)
# Columns of groups that the bootstrap must keep together, the widest group first.
GROUPS = ("patient_id", "case_id", "lesion_id")


class Truth(NamedTuple):
    """A picture's diagnosis (a position in `labels.DIAGNOSES`, or below 0) and its group."""

    diagnosis: int
    group: str

    @property
    def is_melanoma(self) -> bool:
        return self.diagnosis == MELANOMA


def read_labels(path: Path) -> dict[str, Truth]:
    """Return the truth about each image in a table (see `diagnoses_of`).

    The truth is the diagnosis. If `diagnoses_of` leaves an image out, only whether the image is a
    melanoma is known (see `melanomas_of`). Images for which even this is not known are left out.

    Raises:
        OperatorError: the file or its columns are missing, or the table contradicts itself.
    """
    table = tables.read(path)
    named = diagnosis_names.diagnoses_of(table) if diagnosis_names.names_any(table) else {}
    rows = tables.by_image(table)
    return {
        name: Truth(_position(named.get(name, ""), is_melanoma=melanoma), _group(name, rows[name]))
        for name, melanoma in diagnosis_names.melanomas_of(table).items()
    }


def _position(diagnosis: str, *, is_melanoma: bool) -> int:
    if diagnosis:
        return BENIGN if diagnosis == OTHER else DIAGNOSES.index(Diagnosis(diagnosis))
    return MELANOMA if is_melanoma else NOT_MELANOMA


def _group(name: str, row: tables.Row) -> str:
    cells: Mapping[str, str] = row.cells
    return next((cells[column] for column in GROUPS if cells.get(column)), name)
