"""Finds the data sets in a folder, with all their pictures."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ml.data import derm7pt, diagnosis_names, ham10000, isic, pad_ufes20, picture_files, tables
from ml.data.entries import HAM10000, SPLITS, Entry
from ml.errors import OperatorError

SUFFIXES = (".csv", ".tab", ".tsv")
Table = Sequence[Mapping[str, str]]
# For a table that is recognised only by its file's name.
NO_COLUMNS: frozenset[str] = frozenset()


class Source(NamedTuple):
    """A data set: how its table is recognised, and the function that reads its rows.

    A table is recognised by its file's name (case is ignored) or by some of its columns. `pictures`
    is the prefix of the set's folders and zip files, by default the table's name. If a picture is
    missing there, all folders and zip files are searched.
    """

    name: str
    table: str
    columns: frozenset[str]
    entries: Callable[[Table], Iterable[Entry]]
    pictures: str = ""


# HAM10000 has its own reader, since its table may have no split. UDA-1 comes before the other sets,
# so that its pictures are never used for training, even if an ISIC Archive export contains them.
SOURCES = (
    # The prefix excludes UDA-1's full-size pictures, which may also be in the folder.
    Source(isic.UDA1, "isic_uda1.csv", NO_COLUMNS, isic.uda1_entries, "isic_uda1_512"),
    Source(isic.MSK, "isic_msk.csv", NO_COLUMNS, isic.msk_entries),
    Source(isic.ACRAL, "isic_acral.csv", NO_COLUMNS, isic.acral_entries),
    Source(derm7pt.NAME, "derm7pt.csv", derm7pt.COLUMNS, derm7pt.entries),
    Source(pad_ufes20.NAME, "pad_ufes20.csv", pad_ufes20.COLUMNS, pad_ufes20.entries),
    Source(isic.ARCHIVE, "", isic.ARCHIVE_COLUMNS, isic.archive_entries),
    Source(isic.CHALLENGE, "", isic.CHALLENGE_COLUMNS, isic.challenge_entries),
)


class Set(NamedTuple):
    """The pictures of one data set, and the folders and zip files that may hold them."""

    entries: list[Entry]
    containers: list[Path]


def find(folder: Path, seed: int) -> list[Set]:
    """Return every data set whose table is in the folder, HAM10000 first.

    A picture that is in two sets belongs to the first.

    Args:
        folder: the folder of the tables and of their pictures' folders or zip files.
        seed: seed of HAM10000's split, if its table has none.

    Raises:
        OperatorError: HAM10000's table is missing, a table lacks a column, a value is unknown, or
            a patient or lesion is in two splits.
    """
    rows = ham10000.read_metadata(ham10000.find_metadata(folder), seed)
    sets = [_set(folder, HAM10000, list(_ham10000(folder, rows)))]
    # Another set must not bring back a picture that was left out of HAM10000.
    image_ids = {row.image_id for row in rows}
    for source, path in _tables(folder):
        fresh = [entry for entry in _read(source, path) if entry.image_id not in image_ids]
        image_ids |= {entry.image_id for entry in fresh}
        sets.append(_set(folder, source.pictures or path.stem, fresh))
    _check_groups(entry for data_set in sets for entry in data_set.entries)
    return sets


def counts(entries: Iterable[Entry]) -> Counter[tuple[str, str, str, str]]:
    """Return the number of pictures by source, kind, diagnosis and split."""
    return Counter((e.source, str(e.kind), str(e.diagnosis), e.split) for e in entries)


def as_table(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the lines of a Markdown table of `counts`, with a column for each split."""
    counted = counts(entries)
    yield "| source | kind | diagnosis | " + " | ".join(SPLITS) + " |"
    yield "| --- | --- | --- | " + " | ".join("---:" for _ in SPLITS) + " |"
    for row in dict.fromkeys(key[:3] for key in sorted(counted)):
        source, kind, diagnosis = row
        cells = [source, kind, diagnosis or "not melanoma"]
        cells += [str(counted[(*row, split)]) for split in SPLITS]
        yield "| " + " | ".join(cells) + " |"


def _tables(folder: Path) -> Iterator[tuple[Source, Path]]:
    """Yield the recognised tables, in the order of `SOURCES`."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES]
    columns_of = {path: _columns(path) for path in files}
    for source in SOURCES:
        for path, columns in columns_of.items():
            by_columns = bool(source.columns) and source.columns <= columns
            if path.name.lower() == source.table or by_columns:
                yield source, path


def _columns(path: Path) -> frozenset[str]:
    """Return the columns of a file, or none if it is not a table: a folder may hold other files."""
    with suppress(OperatorError):
        return frozenset(tables.read(path).columns)
    return frozenset()


def _read(source: Source, path: Path) -> list[Entry]:
    try:
        return list(source.entries(_rows(path)))
    except (KeyError, ValueError) as error:
        raise OperatorError(
            f"{path} cannot be read as the table of {source.name}: {error}."
        ) from error


def _rows(path: Path) -> Table:
    """Return a table's rows, one for each picture if a column names the pictures."""
    table = tables.read(path)
    if not any(column in table.columns for column in tables.IMAGE_COLUMNS):
        return _with_splits([row.cells for row in table.rows], path.parent)
    named = diagnosis_names.diagnoses_of(table) if diagnosis_names.names_any(table) else {}
    return [
        {"named": named.get(name, ""), "image_id": name, **row.cells}
        for name, row in tables.by_image(table).items()
    ]


def _with_splits(rows: list[dict[str, str]], folder: Path) -> Table:
    """Return Derm7pt's rows with the split from the authors' files, such as `train_indexes.csv`."""
    splits = {
        int(row.cells["indexes"]): split
        for split, name in derm7pt.INDEXES.items()
        if (path := folder / name).is_file()
        for row in tables.read(path).rows
    }
    return [
        {**cells, "split": splits[number]} if number in splits else cells
        for number, cells in enumerate(rows)
    ]


def _ham10000(folder: Path, rows: Sequence[ham10000.Row]) -> Iterator[Entry]:
    """Yield HAM10000's pictures. A lesion in several splits stays only in its last split."""
    same = folder / "ham10000_same_lesion.csv"
    doubles = _rows(same) if same.is_file() else []
    names = ham10000.same_lesions(rows, doubles)
    for row in ham10000.without_crossing(rows, names):
        lesion = names[row.lesion_id]
        group = row.patient_id or lesion
        yield Entry(row.image_id, lesion, row.diagnosis, row.split, kind=row.kind, group=group)


def _set(folder: Path, prefix: str, entries: list[Entry]) -> Set:
    """Return a set, with the folders and zips of its prefix if these hold all its pictures.

    Otherwise, return it with all folders and zips.
    """
    everything = picture_files.containers(folder)
    folders = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    own = [p for p in [*folders, *everything[1:]] if p.name.lower().startswith(prefix.lower())]
    held = {picture_files.image_id(name) for p in own for name in picture_files.list_pictures(p)}
    is_complete = held.issuperset(entry.image_id for entry in entries)
    return Set(entries, own if is_complete else everything)


def _check_groups(entries: Iterator[Entry]) -> None:
    splits: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        splits[entry.group].add(entry.split)
    crossing = sorted(group for group, names in splits.items() if len(names) > 1)
    if crossing:
        raise OperatorError(
            f"{len(crossing)} patients or lesions are in two splits (the first: {crossing[0]}): "
            "give all rows of each the same split."
        )
