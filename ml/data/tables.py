"""Reads tables in the delimiters and encodings that people and programs use.

Spreadsheets add a byte order mark, write UTF-16 or Windows-1252, and use semicolons where the comma
is the decimal sign. Dataverse exports quoted fields between tabs. An error's message is one
sentence that names the file and, for an error in rows, the rows.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ml.errors import OperatorError

SUFFIXES = ("", ".csv", ".tab", ".tsv", ".txt")
DELIMITERS = ",\t;|"
# The column with image names is `image_id` in our tables and HAM10000, `isic_id` in the ISIC
# Archive, `image` or `image_name` in older tables of the Archive, and `img_id` in PAD-UFES-20.
IMAGE_COLUMNS = ("image_id", "isic_id", "image", "image_name", "img_id")
PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".heic", ".webp", ".tif", ".tiff", ".bmp"}
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
MOST_LISTED = 20
MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)


class Row(NamedTuple):
    """A row, and the number of its line in the file.

    A spreadsheet shows the same number, unless cells have line breaks.
    """

    number: int
    cells: dict[str, str]


class Table(NamedTuple):
    """The rows of a file. Column names are in lower case."""

    path: Path
    columns: tuple[str, ...]
    rows: list[Row]


def read(path: Path) -> Table:
    """Return a table's rows, without empty rows.

    Raises:
        OperatorError: the file is no readable table or has no rows, two columns have the same name,
            or a row has too few or too many cells.
    """
    try:
        (_, first), *body = _lines(_text(path))
    except csv.Error as error:
        raise OperatorError(f"{path} cannot be read as a table ({error}).") from error
    except ValueError as error:
        raise OperatorError(f"{path} is empty.") from error
    header = _header(path, first)
    rows = [Row(number, _cells(path, number, header, cells)) for number, cells in body]
    if not rows:
        raise OperatorError(f"{path} holds no rows below the names of its columns.")
    return Table(path, tuple(filter(None, header)), rows)


def need(table: Table, *columns: str) -> None:
    """Check that a table has these columns.

    Raises:
        OperatorError: a column is missing; the message lists the existing columns.
    """
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise OperatorError(
            f"{table.path} needs the columns {' and '.join(columns)}: "
            f"it has {listed(table.columns)}."
        )


def by_image(table: Table) -> dict[str, Row]:
    """Return the rows by the name of their image, without folder and extension.

    Repeated rows count once.

    Raises:
        OperatorError: no column names an image, a name is empty, or two rows contradict each
            other.
    """
    column = next((name for name in IMAGE_COLUMNS if name in table.columns), None)
    if column is None:
        raise OperatorError(
            f"{table.path} needs a column image_id (or {', '.join(IMAGE_COLUMNS[1:])}): "
            f"it has {listed(table.columns)}."
        )
    rows: dict[str, Row] = {}
    for row in table.rows:
        name = _image_id(row.cells[column])
        if not name:
            raise OperatorError(f"{table.path}, row {row.number}: {column} is empty.")
        _refuse_contradiction(table.path, name, rows.setdefault(name, row), row)
    return rows


def _refuse_contradiction(path: Path, name: str, first: Row, again: Row) -> None:
    differing = [column for column in first.cells if first.cells[column] != again.cells[column]]
    # Names of the same image can differ by a folder or an extension.
    differing = [column for column in differing if column not in IMAGE_COLUMNS]
    if differing:
        values = [f"“{row.cells[differing[0]]}”" for row in (first, again)]
        raise OperatorError(
            f"{path} names {name} in rows {first.number} and {again.number} with different "
            f"{differing[0]} ({' and '.join(values)}): delete the wrong row."
        )


def _image_id(cell: str) -> str:
    path = PurePosixPath(cell.replace("\\", "/"))
    return path.stem if path.suffix.lower() in PICTURE_SUFFIXES else cell


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OperatorError(f"{path} cannot be read ({error.strerror}).") from error
    if data.startswith(WORKBOOKS):
        raise OperatorError(f"{path} is a workbook or an archive: save its table as CSV.")
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError:
        # Excel writes CSV in Windows-1252, in which nearly every byte is a character.
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise OperatorError(f"{path} is not a table: save it as CSV.")
    return text


def _encoding(data: bytes) -> str:
    marked = [encoding for mark, encoding in MARKS if data.startswith(mark)]
    if marked:
        return marked[0]
    if data[1:2] == b"\x00":
        return "utf-16-le"
    return "utf-16-be" if data[:1] == b"\x00" else "utf-8"


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Return the cells of each line that is not empty, with the line's number."""
    first, _, following = text.partition("\n")
    # Excel reads the delimiter from a first line such as `sep=;`.
    stated = first.strip()[4:5] if first.lower().startswith("sep=") else ""
    body = following if stated else text
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=stated or _delimiter(body))
    above = int(bool(stated))
    return [(reader.line_num + above, cells) for cells in reader if any(map(str.strip, cells))]


def _delimiter(text: str) -> str:
    """Return the delimiter that gives the first line the most columns."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    widths = {mark: len(next(csv.reader([header], delimiter=mark), [])) for mark in DELIMITERS}
    return max(widths, key=lambda mark: widths[mark])


def _header(path: Path, cells: Iterable[str]) -> tuple[str, ...]:
    header = tuple(cell.strip().lower() for cell in cells)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise OperatorError(f"{path} has two columns {twice[0]}: delete or rename one.")
    return header


def _cells(path: Path, number: int, header: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    """Return the row's cells by column, without unnamed columns, which hold row numbers."""
    if len(cells) < len(header) or any(cells[len(header) :]):
        raise OperatorError(
            f"{path}, row {number}, has {len(cells)} cells for {len(header)} columns: is the "
            "file truncated, or does a text without quotes contain a delimiter?"
        )
    pairs = zip(header, cells, strict=False)
    return {name: cell.strip() for name, cell in pairs if name}


def listed(columns: tuple[str, ...]) -> str:
    """Return the names of columns for a sentence."""
    return ", ".join(columns[:MOST_LISTED]) + (", …" if len(columns) > MOST_LISTED else "")
