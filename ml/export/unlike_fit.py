"""`python -m ml unlike`: fits the distance above which a photo is unlike all training photos."""

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

# Largest share of the `valid` photos of a kind that may count as unlike.
CALLED = 0.02
# Number of `train` photos of a kind to use, one per lesion, drawn at random.
TRAIN = 2000
COMPONENTS = 64
# With fewer photos, a diagnosis has no centre, and a diagnosis or source has no detection rate.
FEWEST = 10
# This share of the mean variance is added to each variance, which keeps the covariance
# invertible.
RIDGE = 1e-3


class Photos(NamedTuple):
    """n photos of one kind: their features in the network, and the facts about them."""

    features: np.ndarray  # (n, d)
    diagnoses: np.ndarray  # (n,), as in `Dataset`
    sources: np.ndarray  # (n,)
    groups: np.ndarray  # (n,)

    def take(self, rows: np.ndarray) -> "Photos":
        return Photos(*(column[rows] for column in self))


def add(folder: Path, data: Dataset, kinds: list[Kind], seed: int) -> Card:
    """Add the distance's limit and the `Reference` to a model folder; return the card.

    Args:
        folder: folder of a model that is not served anywhere yet.
        data: pictures of all splits; the `test` split is not used.
        kinds: kinds of photo for which the limit is served. For other kinds, the card has the
            limit and the detection rates, but the folder has no reference.
        seed: seed for choosing `train` photos.

    Raises:
        ModelError: the folder cannot be served, or its network returns no features.
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
    features = np.array([network.features(view) for view in views])
    return Photos(features, data.diagnoses[rows], data.sources[rows], data.groups[rows])


def fit(train: Photos, valid: Photos) -> tuple[Reference, Unlike]:
    """Return the reference of a kind's photos, the limit of the distance, and detection rates.

    A detection rate is for a diagnosis or a source. It is the share of its `valid` photos that are
    called unlike if reference and limit are fitted without its photos. The network itself was
    still trained on its `train` photos.
    """
    reference = _reference(train)
    distances = unlikeness.distance(valid.features, reference)
    limit = float(np.quantile(distances, 1 - CALLED))
    rates = {name: _caught(train, valid, *members) for name, members in _left_out(train, valid)}
    return reference, Unlike(round(limit, 3), rates, is_served=True)


def _reference(train: Photos) -> Reference:
    mean = train.features.mean(0)
    _, _, directions = np.linalg.svd(train.features - mean, full_matrices=False)
    components = directions[:COMPONENTS]
    projected = train.features @ components.T
    names, counts = np.unique(train.diagnoses, return_counts=True)
    members = [train.diagnoses == name for name in names[counts >= FEWEST]]
    members = members or [np.ones(len(train.diagnoses), bool)]
    centres = np.stack([projected[member].mean(0) for member in members])
    deviations = np.concatenate([projected[m] - c for m, c in zip(members, centres, strict=True)])
    whitening = _whitening(deviations.T @ deviations / len(deviations))
    return Reference(whitening @ components, centres @ whitening.T)


def _whitening(covariance: np.ndarray) -> np.ndarray:
    regularised = covariance + RIDGE * np.trace(covariance) / len(covariance) * np.eye(
        len(covariance)
    )
    values, vectors = np.linalg.eigh(regularised)
    whitening: np.ndarray = (vectors / np.sqrt(values)).T
    return whitening


def _left_out(train: Photos, valid: Photos) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Yield each diagnosis or source with its `train` and `valid` photos, if there are enough."""
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
    distances = unlikeness.distance(valid.features, reference)
    limit = np.quantile(distances[~of_valid], 1 - CALLED)
    unlike = distances[of_valid] > limit
    return bootstrap.intervals(
        lambda rows: {"caught": float(unlike[rows].mean())},
        valid.groups[of_valid],
        np.zeros(len(unlike)),
    )
