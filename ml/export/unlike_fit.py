"""`python -m ml unlike`: fit what is unlike anything that a published network was taught."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from ml.data.cache import Dataset
from ml.data.ground_truth import NOT_MELANOMA
from ml.evaluation import bootstrap
from ml.export import model_folder
from ml.labels import DIAGNOSES, Kind
from ml.serving import unlikeness
from ml.serving.card import Card, Interval, Unlike
from ml.serving.classifier import Classifier, Network
from ml.serving.unlikeness import Reference

# Of valid photos of a kind, at most: how many are called unlike.
CALLED = 0.02
# Photos of a kind that are looked at of the train split, one a lesion, drawn at random.
TRAIN = 2000
COMPONENTS = 64
# Of a diagnosis or a source, to lie somewhere, or to say what leaving it out comes to.
FEWEST = 10
# The covariance is held away from 0 by this share of its mean.
RIDGE = 1e-3


class Photos(NamedTuple):
    """n photos of one kind: what the network's heads see of them, and what they are."""

    features: np.ndarray  # (n, d)
    diagnoses: np.ndarray  # (n,), as in `Dataset`
    sources: np.ndarray  # (n,)
    groups: np.ndarray  # (n,)

    def take(self, rows: np.ndarray) -> "Photos":
        return Photos(*(column[rows] for column in self))


def add(folder: Path, data: Dataset, kinds: list[Kind], seed: int) -> Card:
    """Add to a model folder what is unlike anything that its network was taught; return the card.

    Args:
        folder: of a model that is not served anywhere yet.
        data: pictures of all splits; the test split is not looked at.
        kinds: of photo for which it is served; of the others the worth alone stands in the card.
        seed: of the choice of train photos.

    Raises:
        ModelError: the folder cannot be served, or its network tells no features.
    """
    classifier = Classifier.load(folder)
    fitted = {
        kind: fit(*(_photos(classifier.network, data, kind, split, seed) for split in SPLITS))
        for kind in classifier.card.kinds
    }
    unlikeness.write({kind: fitted[kind][0] for kind in kinds if kind in fitted}, folder)
    tables = {
        kind: replace(table, unlike=replace(fitted[kind][1], is_served=kind in kinds))
        for kind, table in classifier.card.kinds.items()
    }
    card = replace(classifier.card, kinds=tables, files=model_folder.checksums(folder))
    card.write(folder)
    return card


SPLITS = ("train", "valid")


def _photos(network: Network, data: Dataset, kind: Kind, split: str, seed: int) -> Photos:
    rows = np.flatnonzero((data.splits == split) & (data.kinds == kind))
    rows = rows[data.diagnoses[rows] != NOT_MELANOMA]
    if split == "train":
        _, first = np.unique(data.lesion_ids[rows], return_index=True)
        chosen = np.random.default_rng(seed).permutation(rows[first])[:TRAIN]
        rows = np.sort(chosen)
    views = tqdm((data.pixels[row] for row in rows), f"{kind}, {split}", len(rows), unit="image")
    seen = np.array([network.features(view) for view in views])
    return Photos(seen, data.diagnoses[rows], data.sources[rows], data.groups[rows])


def fit(train: Photos, valid: Photos) -> tuple[Reference, Unlike]:
    """Return where photos of one kind lie, from which distance on they are unlike, and the worth.

    The worth is measured by leaving out a diagnosis or a source, of which then nothing is known but
    what its photos look like to the network: which share of them is called unlike.
    """
    reference = _reference(train)
    found = unlikeness.distance(valid.features, reference)
    limit = float(np.quantile(found, 1 - CALLED))
    worth = {name: _caught(train, valid, *out) for name, out in _left_out(train, valid)}
    return reference, Unlike(round(limit, 3), worth, is_served=True)


def _reference(train: Photos) -> Reference:
    middle = train.features.mean(0)
    _, _, directions = np.linalg.svd(train.features - middle, full_matrices=False)
    components = directions[:COMPONENTS]
    projected = train.features @ components.T
    names, counts = np.unique(train.diagnoses, return_counts=True)
    members = [train.diagnoses == name for name in names[counts >= FEWEST]]
    members = members or [np.ones(len(train.diagnoses), bool)]
    centres = np.stack([projected[one].mean(0) for one in members])
    apart = np.concatenate([projected[m] - c for m, c in zip(members, centres, strict=True)])
    whitening = _whitening(apart.T @ apart / len(apart))
    return Reference(whitening @ components, centres @ whitening.T)


def _whitening(covariance: np.ndarray) -> np.ndarray:
    held = covariance + RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    values, vectors = np.linalg.eigh(held)
    whitening: np.ndarray = (vectors / np.sqrt(values)).T
    return whitening


def _left_out(train: Photos, valid: Photos) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Yield a name, and which train and valid photos are left out, where there are enough."""
    for place, diagnosis in enumerate(DIAGNOSES):
        yield from _enough(diagnosis.value, train.diagnoses == place, valid.diagnoses == place)
    for source in np.unique(valid.sources).tolist():
        yield from _enough(source, train.sources == source, valid.sources == source)


def _enough(
    name: str, of_train: np.ndarray, of_valid: np.ndarray
) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    if of_valid.sum() >= FEWEST and (~of_valid).sum() >= FEWEST and (~of_train).sum() >= FEWEST:
        yield name, (of_train, of_valid)


def _caught(
    train: Photos, valid: Photos, of_train: np.ndarray, of_valid: np.ndarray
) -> dict[str, Interval]:
    reference = _reference(train.take(np.flatnonzero(~of_train)))
    found = unlikeness.distance(valid.features, reference)
    limit = np.quantile(found[~of_valid], 1 - CALLED)
    unlike = found[of_valid] > limit
    return bootstrap.intervals(
        lambda rows: {"caught": float(unlike[rows].mean())},
        valid.groups[of_valid],
        np.zeros(len(unlike)),
    )
