"""Which data sets lie in a folder, and the pictures of all of them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ml import ham10000, sources, tables
from ml.data import derm7pt, isic, pad_ufes20
from ml.data.entries import HAM10000, SPLITS, Entry
from ml.errors import OperatorError

Table = Sequence[Mapping[str, str]]


class Source(NamedTuple):
    """A data set: the names of its table, in any case, and what reads its rows.

    `pictures` is how the names of its folders and zip files begin; empty: as its table's.
    """

    name: str
    tables: tuple[str, ...]
    entries: Callable[[Table], Iterable[Entry]]
    pictures: str = ""


# HAM10000 has a reader of its own: its table may have no split.
SOURCES = (
    Source(isic.MSK, ("isic_msk.csv",), isic.msk_entries),
    Source(isic.ACRAL, ("isic_acral.csv",), isic.acral_entries),
    Source(derm7pt.NAME, derm7pt.TABLES, derm7pt.entries),
    Source(pad_ufes20.NAME, pad_ufes20.TABLES, pad_ufes20.entries),
    # Some of its pictures may lie there at full size, too.
    Source(isic.UDA1, ("isic_uda1.csv",), isic.uda1_entries, "isic_uda1_512"),
)


class Set(NamedTuple):
    """The pictures of one data set, and the folders and zip files that may hold them."""

    entries: list[Entry]
    containers: list[Path]


def find(folder: Path, seed: int) -> list[Set]:
    """Return every data set whose table lies in the folder, HAM10000 first.

    A picture that stands in two sets is left to the first of them.

    Args:
        folder: tables, and the folders or zip files of their pictures.
        seed: of HAM10000's split, where its table has none.

    Raises:
        OperatorError: there is no table that we know, or a column or value of one is unknown.
    """
    found = [Set(list(_ham10000(folder, seed)), _containers(folder, HAM10000))]
    known = {entry.image_id for entry in found[0].entries}
    for source, path in _tables(folder):
        fresh = [one for one in _read(source, path) if one.image_id not in known]
        known |= {entry.image_id for entry in fresh}
        found.append(Set(fresh, _containers(folder, source.pictures or path.stem)))
    _check_groups(entry for one in found for entry in one.entries)
    return found


def counts(entries: Iterable[Entry]) -> Counter[tuple[str, str, str, str]]:
    """Return how many pictures there are by source, kind, diagnosis and split."""
    return Counter((e.source, str(e.kind), str(e.diagnosis), e.split) for e in entries)


def as_table(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the lines of a Markdown table of `counts`, a column a split."""
    counted = counts(entries)
    yield "| source | kind | diagnosis | " + " | ".join(SPLITS) + " |"
    yield "| --- | --- | --- | " + " | ".join("---:" for _ in SPLITS) + " |"
    for row in dict.fromkeys(key[:3] for key in sorted(counted)):
        source, kind, diagnosis = row
        cells = [source, kind, diagnosis or "not melanoma"]
        cells += [str(counted[(*row, split)]) for split in SPLITS]
        yield "| " + " | ".join(cells) + " |"


def _tables(folder: Path) -> Iterator[tuple[Source, Path]]:
    files = {path.name.lower(): path for path in sorted(folder.iterdir())}
    for source in SOURCES:
        yield from ((source, files[name]) for name in source.tables if name in files)


def _read(source: Source, path: Path) -> list[Entry]:
    try:
        return list(source.entries(_rows(path)))
    except (KeyError, ValueError) as error:
        raise OperatorError(f"{path} is not the table of {source.name}: {error}.") from error


def _rows(path: Path) -> Table:
    """Return a table's rows, one a picture where a column names it."""
    table = tables.read(path)
    names_pictures = any(column in table.columns for column in tables.IMAGE_COLUMNS)
    rows = tables.by_image(table).values() if names_pictures else table.rows
    return [row.cells for row in rows]


def _ham10000(folder: Path, seed: int) -> Iterator[Entry]:
    """Yield HAM10000's pictures, without a lesion's train views if it is also in another split."""
    rows = ham10000.read_metadata(ham10000.find_metadata(folder), seed)
    same = folder / "ham10000_same_lesion.csv"
    doubles = _rows(same) if same.is_file() else []
    names = ham10000.same_lesions(rows, doubles)
    for row in ham10000.without_crossing(rows, names):
        group = names[row.lesion_id]
        yield Entry(row.image_id, group, row.diagnosis, row.split, group=group)


def _containers(folder: Path, stem: str) -> list[Path]:
    """Return where a set's pictures lie: in what is named like its table, if anything is."""
    everything = sources.containers(folder)
    named = [path for path in everything[1:] if path.name.lower().startswith(stem.lower())]
    return named or everything


def _check_groups(entries: Iterator[Entry]) -> None:
    splits: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        splits[entry.group].add(entry.split)
    crossing = sorted(group for group, found in splits.items() if len(found) > 1)
    if crossing:
        raise OperatorError(
            f"{len(crossing)} patients or lesions are in two splits (the first: {crossing[0]}): "
            "give all rows of each the same split."
        )
