"""PAD-UFES-20: smartphone photos from Brazil, with the patients' answers.

Pacheco et al., "PAD-UFES-20: a skin lesion dataset composed of patient data and clinical images
collected from smartphones", Data in Brief 32, 106221 (2020).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from ml.data.entries import Entry, checked_diagnosis, split_of
from ml.labels import Diagnosis, Kind

NAME = "pad_ufes20"
# Columns of the authors' `metadata.csv`.
COLUMNS = frozenset(("img_id", "patient_id", "lesion_id", "diagnostic"))
VALID_SHARE, TEST_SHARE = 0.2, 0.2

# The authors' `diagnostic`. Bowen's disease is part of their SCC, and of HAM10000's `akiec`.
DIAGNOSES: Mapping[str, str] = {
    "ACK": Diagnosis.AKIEC,
    "BCC": Diagnosis.BCC,
    "MEL": Diagnosis.MEL,
    "NEV": Diagnosis.NV,
    "SCC": Diagnosis.SCC,
    "SEK": Diagnosis.BKL,
}


def entries(table: Sequence[Mapping[str, str]]) -> Iterator[Entry]:
    """Yield the pictures of our own table or the authors' `metadata.csv`, split by patient.

    Raises:
        KeyError, ValueError: a column is missing, or a value is unknown.
    """
    for row in table:
        if "dx" in row:
            image_id, diagnosis = row["image_id"], checked_diagnosis(row["dx"])
        else:
            image_id = PurePosixPath(row["img_id"]).stem
            diagnosis = DIAGNOSES[row["diagnostic"]]
        # Lesion numbers repeat across patients.
        group = f"{NAME}/{row['patient_id']}"
        split = split_of(group, valid=VALID_SHARE, test=TEST_SHARE)
        lesion = f"{group}/{row['lesion_id']}"
        yield Entry(image_id, lesion, diagnosis, split, NAME, Kind.CAMERA, group)
