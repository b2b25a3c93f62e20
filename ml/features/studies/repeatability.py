"""`python -m ml repeatability`: do a lesion's features stay the same if its photo is changed?"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from tqdm import tqdm

from ml.data.cache import Dataset
from ml.errors import OperatorError
from ml.evaluation.json_record import JsonRecord
from ml.evaluation.metrics import ROUNDS
from ml.features.measuring import VERSION, measure
from ml.features.studies import rephotographed
from ml.features.studies.feature_table import NAMES, choose
from ml.features.studies.training_lesions import Outlined, by_experts
from ml.serving.card import Interval

FEWEST = 2  # least number of lesions


@dataclass(frozen=True)
class Repeats:
    """How well a feature repeats under one kind of change."""

    icc: Interval | None  # None if the feature is the same in all lesions
    difference: float  # median relative difference, 0-2


@dataclass(frozen=True)
class Repeatability(JsonRecord):
    """The results for each kind of change and feature."""

    version: str  # version of the features
    lesions: int
    kinds: dict[str, dict[str, Repeats]]

    @classmethod
    def read(cls, path: Path) -> Self:
        raw: dict[str, Any] = json.loads(path.read_text())
        kinds = {
            kind: {
                name: Repeats(entry["icc"] and Interval(**entry["icc"]), entry["difference"])
                for name, entry in entries.items()
            }
            for kind, entries in raw["kinds"].items()
        }
        return cls(**raw | {"kinds": kinds})


def draw(data: Dataset, masks: Path, count: int, seed: int) -> Iterator[Outlined]:
    """Return random lesions of the `valid` split that are completely inside their photo.

    Raises:
        OperatorError: a mask is missing or is not a picture.
    """
    outlined = by_experts(data, masks, choose(data, "valid", 0, seed))
    return islice((lesion for lesion in outlined if rephotographed.is_whole(lesion.mask)), count)


def compare(outlined: Iterable[Outlined]) -> Repeatability:
    """Return how well the features of lesions repeat under each of `rephotographed.KINDS`.

    Raises:
        OperatorError: there are fewer than two lesions.
    """
    table = np.array([_measured(lesion) for lesion in tqdm(outlined, "measuring", unit="lesion")])
    if len(table) < FEWEST:
        raise OperatorError("Repeatability needs two lesions or more: draw more.")
    kinds, first = {}, 1
    for kind, ways in rephotographed.KINDS.items():
        values = table[:, [0, *range(first, first + len(ways))]]
        kinds[kind] = {name: _repeats(values[..., i]) for i, name in enumerate(NAMES)}
        first += len(ways)
    return Repeatability(VERSION, len(table), kinds)


def correlation(values: np.ndarray) -> np.ndarray:
    """Return the intraclass correlation ICC(1,1) of repeated values, (..., lesions, times).

    Shrout and Fleiss, "Intraclass correlations", Psychological Bulletin 86 (1979): from the mean
    squares of a one-way analysis of variance, between lesions and within them. 1: the values of a
    lesion are the same. 0 or less: they differ at least as much as those of different lesions. nan:
    all values are equal.
    """
    lesions, times = values.shape[-2:]
    means = values.mean(-1, keepdims=True)
    between = times * np.square(means - means.mean(-2, keepdims=True)).sum((-2, -1)) / (lesions - 1)
    within = np.square(values - means).sum((-2, -1)) / (lesions * (times - 1))
    total = between + (times - 1) * within
    result: np.ndarray = np.divide(
        between - within, total, out=np.full_like(total, np.nan), where=total > 0
    )
    return result


def relative_difference(values: np.ndarray) -> float:
    """Return the median relative difference of changed values from the first value.

    The difference is divided by the mean of the two values. It is 0 for two zeros, and 2 for zero
    and another value.

    Args:
        values: (lesions, times); the first column is from the unchanged photo.
    """
    first, others = values[:, :1], values[:, 1:]
    size = (abs(first) + abs(others)) / 2
    gaps = np.divide(abs(others - first), size, out=np.zeros_like(size), where=size > 0)
    return float(np.median(gaps))


def _measured(lesion: Outlined) -> list[tuple[float | None, ...]]:
    """Return the features of a lesion unchanged and after each change."""
    ways = [way for changes in rephotographed.KINDS.values() for way in changes]
    photos = [(lesion.pixels, lesion.mask), *(way(lesion.pixels, lesion.mask) for way in ways)]
    return [measure(*photo)[:-1] for photo in photos]


def _repeats(values: np.ndarray) -> Repeats:
    return Repeats(_interval(values), round(relative_difference(values), 4))


def _interval(values: np.ndarray) -> Interval | None:
    """Return the correlation with its bootstrap interval. None if all values are equal.

    The bootstrap draws lesions. Samples in which all values are equal are left out.
    """
    icc = correlation(values)
    if np.isnan(icc):
        return None
    drawn = np.random.default_rng(0).integers(len(values), size=(ROUNDS, len(values)))
    low, high = np.nanpercentile(correlation(values[drawn]), (2.5, 97.5))
    return Interval(*(round(float(figure), 4) for figure in (icc, low, high)))
