"""What every way to a model folder shares: it is written once, whole, with tables for each kind."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from ml import evaluate, kind_fit, reporting, scored
from ml.cache import Dataset
from ml.card import KERAS, LITERT, Card, KindCard, Report
from ml.classifier import Classifier, Network
from ml.errors import OperatorError
from ml.labels import Kind


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write a version into; it gets its name only if nothing went wrong.

    Raises:
        OperatorError: the version is there already.
    """
    if folder.exists():
        raise OperatorError(f"{folder} is there: a version is written once. Give another name.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        fresh = Path(name) / folder.name
        fresh.mkdir()
        yield fresh
        fresh.rename(folder)


def fit_kinds(network: Network, data: Dataset, *, read_test: bool) -> dict[Kind, KindCard]:
    """Return the tables of each kind of photo that the data holds.

    Everything that is fitted comes from the valid split; the test split is measured if asked for.

    Raises:
        OperatorError: the gate refuses so many cancers that no threshold finds enough.
    """
    return {
        kind: _fit_kind(network, data, kind, read_test=read_test)
        for kind in Kind
        if len(rows_of(data, "valid", kind))
    }


def _fit_kind(network: Network, data: Dataset, kind: Kind, *, read_test: bool) -> KindCard:
    table = kind_fit.fit(scored.measure(network, data, rows_of(data, "valid", kind), kind))
    if not read_test:
        return table
    test = scored.measure(network, data, rows_of(data, "test", kind), kind)
    report = reporting.report(reporting.of_scores(test, table))
    return replace(table, reports=table.reports | {"test": report})


def with_external(classifier: Classifier, external: dict[str, tuple[Path, Path]]) -> Card:
    """Return the card with reports on further sets of dermoscopic pictures."""
    found: dict[str, Report] = {
        name: evaluate.evaluate(classifier, pictures, labels, Kind.DERMOSCOPIC)
        for name, (pictures, labels) in external.items()
    }
    table = classifier.card.kinds[Kind.DERMOSCOPIC]
    measured = replace(table, reports=table.reports | found)
    return replace(classifier.card, kinds=classifier.card.kinds | {Kind.DERMOSCOPIC: measured})


def rows_of(data: Dataset, split: str, kind: Kind) -> np.ndarray:
    """Return the rows of a split that are photos of one kind."""
    return data.rows(split) if kind is Kind.DERMOSCOPIC else np.array([], int)


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files of a model folder."""
    return {name: sha256((folder / name).read_bytes()).hexdigest() for name in (KERAS, LITERT)}
