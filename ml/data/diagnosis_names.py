"""Translates the diagnoses of public tables into the eight classes of the ISIC 2019 challenge."""

import re
from collections.abc import Callable

from ml.data import tables
from ml.errors import OperatorError

NAMES = ("mel", "nv", "bcc", "akiec", "bkl", "df", "vasc", "scc")
# Benign, with a diagnosis outside the eight or no exact diagnosis.
OTHER = "other"
# Columns of the ISIC Archive's current export, from the most specific to the most general.
LEVELS = tuple(f"diagnosis_{level}" for level in (5, 4, 3, 2, 1))
WORDED = ("dx", "diagnosis", "diagnostic")
# One column for each diagnosis, as in the ISIC challenges of 2018 (akiec) and 2019 (ak).
ONE_HOT = {name: name for name in NAMES} | {"ak": "akiec", "unk": ""}
# Abbreviations in the tables of HAM10000 and PAD-UFES-20.
CODES = {name: name for name in (*NAMES, OTHER)}
CODES |= {"ack": "akiec", "ak": "akiec", "nev": "nv", "sek": "bkl", "unk": "", "unknown": ""}
# The first match counts. A lentigo maligna is a melanoma. Squamous cell carcinoma in situ (Bowen's
# disease) is HAM10000's akiec.
WORDS = (
    ("mel", r"(?<!non-)(?<!non )(?<!not )(?<!no )\bmelanoma|lentigo maligna"),
    ("bcc", r"basal cell carcinoma"),
    ("akiec", r"actinic keratos|squamous cell carcinoma in situ|bowen"),
    ("scc", r"squamous cell carcinoma|keratoacanthoma"),
    ("bkl", r"seborrh?o?eic keratos|benign keratos|solar lentigo|ink.?spot lentigo"),
    ("bkl", r"lichen planus.?like keratos|lichenoid keratos"),
    ("df", r"dermatofibroma\b"),
    ("vasc", r"ha?emangioma|\b(lymph)?angioma\b|angiokeratoma|pyogenic granuloma|vascular lesion"),
    ("vasc", r"benign soft tissue proliferations - vascular"),
    ("nv", r"\bna?ev(us|i)\b|benign melanocytic proliferations"),
)
# Other growths that are called nevus, and a group whose name says that it is not a nevus.
NOT_MELANOCYTIC = r"not melanocytic|epidermal|sebace|comedo|depigment|ana?emic|connective|flammeus"

# Words for lesions that may or may not be melanomas.
UNDECIDED = r"indeterminate|atypical|uncertain|unknown|unk\b"
YES, NO = {"1", "1.0", "true", "yes"}, {"0", "0.0", "false", "no"}

Reader = Callable[[tables.Row], str]


def diagnoses_of(table: tables.Table) -> dict[str, str]:
    """Return each image's diagnosis: one of the eight, or `other` (benign, none of these).

    Images with neither are left out: indeterminate lesions, and cancers not among the eight.

    Raises:
        OperatorError: no column names a diagnosis, or a value is not understood.
    """
    diagnosis_of = _reader(table)
    diagnoses = {name: diagnosis_of(row) for name, row in tables.by_image(table).items()}
    return {name: diagnosis for name, diagnosis in diagnoses.items() if diagnosis}


def melanomas_of(table: tables.Table) -> dict[str, bool]:
    """Return whether each image is a melanoma, by the diagnosis or a column `melanoma` (1 or 0).

    Images for which this is not known are left out.

    Raises:
        OperatorError: as for `diagnoses_of`.
    """
    rows = tables.by_image(table)
    if "melanoma" in table.columns:
        return {name: _yes_or_no(table, row, "melanoma") for name, row in rows.items()}
    diagnoses = diagnoses_of(table)
    columns = [name for name in (*WORDED, *LEVELS) if name in table.columns]
    others = {
        name
        for name, row in rows.items()
        if (text := " ".join(row.cells[column] for column in columns).strip().lower())
        and not re.search(UNDECIDED, text)
    }
    return {
        name: diagnoses.get(name) == "mel" for name in rows if name in diagnoses or name in others
    }


def _yes_or_no(table: tables.Table, row: tables.Row, column: str) -> bool:
    value = row.cells[column].lower()
    if value not in YES | NO:
        raise OperatorError(
            f"{table.path}, row {row.number}: {column} is “{value}”, but must be 1 or 0."
        )
    return value in YES


def names_any(table: tables.Table) -> bool:
    """Return whether a column names the diagnosis, or each diagnosis has a column."""
    return {"mel", "nv"} <= {*table.columns} or not {*LEVELS, *WORDED}.isdisjoint(table.columns)


def _reader(table: tables.Table) -> Reader:
    """Return a function that reads the diagnosis from a row of this table."""
    columns = [name for name in ONE_HOT if name in table.columns]
    if {"mel", "nv"} <= {*columns}:
        return lambda row: _one_hot(table, row, columns)
    levels = [name for name in LEVELS if name in table.columns]
    words = [name for name in WORDED if name in table.columns]
    if not names_any(table):
        raise OperatorError(
            f"{table.path} names no diagnosis: it needs a column dx, diagnosis or diagnosis_1 to "
            f"diagnosis_5, or one for each of MEL, NV, …; it has {tables.listed(table.columns)}."
        )
    return lambda row: _in_words(row, [*words[:1], *levels])


def _one_hot(table: tables.Table, row: tables.Row, columns: list[str]) -> str:
    try:
        chosen = [name for name in columns if float(row.cells[name] or 0)]
    except ValueError as error:
        raise OperatorError(f"{table.path}, row {row.number}: {error}.") from error
    if len(chosen) != 1:
        raise OperatorError(
            f"{table.path}, row {row.number}, has {len(chosen)} diagnoses: one of "
            f"{', '.join(columns)} must be 1, the others 0."
        )
    return ONE_HOT[chosen[0]]


def _in_words(row: tables.Row, columns: list[str]) -> str:
    texts = [text for column in columns if (text := row.cells[column].lower())]
    for text in texts:
        diagnosis = CODES[text] if text in CODES else _diagnosis_in(text)
        if diagnosis:
            return diagnosis
    is_benign = "benign" in {*texts, row.cells.get("benign_malignant", "").lower()}
    return OTHER if is_benign else ""


def _diagnosis_in(text: str) -> str:
    if re.search(NOT_MELANOCYTIC, text) and "nev" in text:
        return ""
    return next((name for name, words in WORDS if re.search(words, text)), "")
