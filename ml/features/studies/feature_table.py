"""The features of a data set's lesions as a table, one row per photo."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from ml.data.cache import Dataset
from ml.errors import OperatorError
from ml.features.measuring import measure
from ml.features.names import Measures
from ml.features.studies.training_lesions import Outlined

# No training photo has a known scale in millimetres.
NAMES = Measures._fields[:-1]


class Table(NamedTuple):
    """Features of some photos, (n, features), in the order of `NAMES`."""

    image_ids: list[str]
    values: np.ndarray


def choose(data: Dataset, split: str, count: int, seed: int) -> np.ndarray:
    """Return at most `count` rows of a split (0: all), one per lesion, in random order."""
    rows = np.random.default_rng(seed).permutation(data.rows(split))
    _, first = np.unique(data.lesion_ids[rows], return_index=True)
    chosen: np.ndarray = rows[np.sort(first)]
    return chosen[:count] if count else chosen


def write(data: Dataset, outlined: Iterator[Outlined], path: Path) -> None:
    """Write a row for each lesion, its image id first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image_id", *NAMES])
        for row, pixels, mask in tqdm(outlined, "measuring", unit="photo"):
            measures = measure(pixels, mask)
            writer.writerow([data.image_ids[row], *(f"{value:.6g}" for value in measures[:-1])])


def read(path: Path) -> Table:
    """Return a table.

    Raises:
        OperatorError: the table is missing, or has other features.
    """
    if not path.is_file():
        raise OperatorError(f"{path} is not there: run `python -m ml measure-lesions` first.")
    with path.open(newline="") as file:
        head, *rows = csv.reader(file)
    if head[1:] != list(NAMES) or not rows:
        raise OperatorError(
            f"{path} has the features of another version: run `python -m ml measure-lesions`."
        )
    return Table([row[0] for row in rows], np.array([row[1:] for row in rows], float))
