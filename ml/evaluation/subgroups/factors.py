"""Reads what public tables say about the person and the lesion in a picture."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ml.data import ham10000, tables
from ml.data.catalogue import SUFFIXES
from ml.errors import OperatorError
from ml.serving import age_bands, shares

# Spellings of skin types I and II in tables: some use numbers, with or without a decimal point.
LIGHT = {"1", "2", "I", "II"}
HISTOLOGY = {"histo", "histopathology", "true"}
Row = Mapping[str, str]


def age_band(row: Row) -> str:
    age = row.get("age") or row.get("age_approx") or ""
    return age_bands.band_of(float(age)) if age else ""


def skin_type(row: Row) -> str:
    """Return the Fitzpatrick type as one of two bands, since types III to VI are rare."""
    text = (row.get("fitzpatrick") or "").partition(".")[0].upper()
    return text and ("I and II" if text in LIGHT else "III to VI")


def ground_truth(row: Row) -> str:
    """Return whether a diagnosis was made by a biopsy or otherwise, or "" if not stated."""
    text = (row.get("dx_type") or row.get("biopsied") or "").lower()
    return text and ("histology" if text in HISTOLOGY else "otherwise")


def _known(row: Row, column: str) -> str:
    text = (row.get(column) or "").lower()
    return "" if text == "unknown" else text


FACTORS: dict[str, Callable[[Row], str]] = {
    shares.SKIN: skin_type,
    shares.AGE: age_band,
    "sex": lambda row: _known(row, "sex"),
    "body site": lambda row: _known(row, "localization"),
    "ground truth": ground_truth,
}


def read_tables(folder: Path) -> dict[str, Row]:
    """Return the facts that the public tables in a folder give about each picture, by its name."""
    rows: dict[str, Row] = {}
    for path in _files(folder):
        with suppress(OperatorError):
            for name, row in tables.by_image(tables.read(path)).items():
                rows[name] = {**row.cells, **rows.get(name, {})}
    return rows


def _files(folder: Path) -> Iterator[Path]:
    yield ham10000.find_metadata(folder)
    yield from (path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES)
