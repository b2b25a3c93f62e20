"""HAM10000's metadata table and its split by lesion, or by patient if the table names patients.

Tschandl, Rosendahl and Kittler, "The HAM10000 dataset", Sci. Data 5, 180161 (2018).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from ml.data import tables
from ml.data.tables import SUFFIXES
from ml.errors import OperatorError
from ml.labels import Diagnosis, Kind

SPLITS = ("train", "valid", "test")
VALID_SHARE, TEST_SHARE = 0.1, 0.1
# Not a diagnosis of HAM10000: exported cases use it if only "not melanoma" is known.
NOT_MELANOMA = "not_mel"


class Row(NamedTuple):
    """One image of the metadata table; its diagnosis is empty if only "not melanoma" is known.

    HAM10000's images are dermoscopic, of unknown patients. Exported cases state kind and patient.
    """

    image_id: str
    lesion_id: str
    diagnosis: Diagnosis | Literal[""]
    split: str
    kind: Kind = Kind.DERMOSCOPIC
    patient_id: str = ""

    @property
    def group(self) -> str:
        """The patient, or the lesion if the patient is unknown. A group's images share a split."""
        return self.patient_id or self.lesion_id


def find_metadata(folder: Path) -> Path:
    """Return the path of the table `HAM10000_metadata` or `ham10000` (any case, any of `SUFFIXES`).

    Raises:
        OperatorError: the folder has no such table.
    """
    names = {name + suffix for name in ("ham10000", "ham10000_metadata") for suffix in SUFFIXES}
    matches = sorted(p for p in folder.glob("*") if p.name.lower() in names and p.is_file())
    if not matches:
        raise OperatorError(
            f"No HAM10000_metadata.csv in {folder}: download HAM10000 "
            "(doi:10.7910/DVN/DBW86T) there, or set SKINSCREEN_DATA to where it is."
        )
    return matches[0]


def read_metadata(path: Path, seed: int) -> list[Row]:
    """Return the table's rows. If no row has a split, `split_by_group` makes all splits.

    Raises:
        OperatorError: a column is missing, a value is unknown, only some rows have a split, or two
            rows contradict each other.
    """
    table = tables.read(path)
    tables.need(table, "image_id", "lesion_id", "dx")
    rows = [_row(path, name, row) for name, row in tables.by_image(table).items()]
    without = sum(not row.split for row in rows)
    if not without:
        return rows
    if without < len(rows):
        # New splits for all rows could move pictures of the `test` split into `train`.
        raise OperatorError(
            f"{path}: {without} of {len(rows)} rows have no split. Fill in all or none."
        )
    parts = split_by_group(rows, seed)
    return [row._replace(split=parts[row.group]) for row in rows]


def _row(path: Path, image_id: str, row: tables.Row) -> Row:
    dx = row.cells["dx"].lower()
    if dx not in {NOT_MELANOMA, *Diagnosis}:
        raise OperatorError(
            f"{path}, row {row.number}: dx is “{dx}”, which is none of HAM10000's "
            f"({', '.join(Diagnosis)})."
        )
    split = row.cells.get("split", "")
    if split not in {"", *SPLITS}:
        raise OperatorError(
            f"{path}, row {row.number}: split is “{split}”, which is none of {', '.join(SPLITS)}."
        )
    patient, lesion = row.cells.get("patient_id", ""), row.cells["lesion_id"]
    # Lesion numbers may repeat across patients.
    lesion = f"{patient}/{lesion}" if patient else lesion
    return Row(image_id, lesion, _diagnosis(dx), split, _kind(path, row), patient)


def _diagnosis(dx: str) -> Diagnosis | Literal[""]:
    return "" if dx == NOT_MELANOMA else Diagnosis(dx)


def _kind(path: Path, row: tables.Row) -> Kind:
    kind = row.cells.get("image_type", "").lower() or Kind.DERMOSCOPIC
    if kind not in {*Kind}:
        raise OperatorError(
            f"{path}, row {row.number}: image_type is “{kind}”, which is none of {', '.join(Kind)}."
        )
    return Kind(kind)


def split_by_group(rows: list[Row], seed: int) -> dict[str, str]:
    """Return a split for each patient or lesion, 80/10/10, stratified by diagnosis.

    All images of a lesion or patient share a split: otherwise a model could recognise the lesion,
    or the patient's skin, instead of the disease. A patient with a melanoma counts only under
    melanoma, since melanomas are rare and each split needs some.
    """
    melanoma = Diagnosis.MEL
    affected = {row.patient_id for row in rows if row.patient_id and row.diagnosis == melanoma}
    groups: dict[str, list[str]] = defaultdict(list)
    for group, diagnosis in sorted(
        {(row.group, melanoma if row.patient_id in affected else row.diagnosis) for row in rows}
    ):
        groups[diagnosis].append(group)
    parts: dict[str, str] = {}
    generator = np.random.default_rng(seed)
    for members in groups.values():
        shuffled = [members[position] for position in generator.permutation(len(members))]
        test = round(len(members) * TEST_SHARE)
        valid = test + round(len(members) * VALID_SHARE)
        for position, group in enumerate(shuffled):
            part = "test" if position < test else "valid" if position < valid else "train"
            parts.setdefault(group, part)
    return parts


def same_lesions(rows: Sequence[Row], doubles: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return a name for each lesion. Two lesions that are duplicates get the same name.

    Args:
        rows: the metadata table.
        doubles: pairs `lesion_a` and `lesion_b`: one lesion that was published as two.
    """
    names = {row.lesion_id: row.lesion_id for row in rows}
    for pair in doubles:
        kept, joined = (names.get(pair[side], pair[side]) for side in ("lesion_a", "lesion_b"))
        names |= {lesion: kept for lesion, name in names.items() if name == joined}
    return names


def without_crossing(rows: Sequence[Row], names: Mapping[str, str]) -> list[Row]:
    """Keep each lesion's rows in only one of its splits, the last in the order of `SPLITS`.

    For example, a lesion in `train` and `test` stays only in `test`.
    """
    last_split: dict[str, int] = defaultdict(int)
    for row in rows:
        name = names[row.lesion_id]
        last_split[name] = max(last_split[name], SPLITS.index(row.split))
    return [row for row in rows if SPLITS.index(row.split) == last_split[names[row.lesion_id]]]
