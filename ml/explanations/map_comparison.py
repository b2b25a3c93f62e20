"""`python -m ml explanations`: compares saliency maps, and checks the chosen map."""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from tqdm import tqdm

from ml.data.cache import Dataset
from ml.evaluation import metrics
from ml.explanations import sanity_checks
from ml.explanations.faithfulness import Course
from ml.explanations.map_record import Explanations, Inside, MapScores, Randomised
from ml.explanations.saliency_maps import Candidate, candidates, gaussian
from ml.preprocessing.network_input import Pixels
from ml.serving import saliency
from ml.serving.card import KERAS, Interval
from ml.serving.classifier import Classifier, Network

ORDERS = 5  # number of random orders of weights
TURNS = 5  # repetitions for each photo, to compare times
EVERY = 5  # shuffled weights and these times are measured on every fifth of the compared photos


class Photos(NamedTuple):
    """Selected photos of a data set, and the masks of all its photos."""

    data: Dataset
    rows: np.ndarray
    masks: np.ndarray  # share of each cell of a map that is lesion, (n, 30, 40) in [0, 1]

    @property
    def views(self) -> list[Pixels]:
        return [np.asarray(self.data.pixels[row]) for row in self.rows]

    def inside(self, maps: Sequence[np.ndarray]) -> np.ndarray:
        """Return the share of each photo's evidence that lies on its lesion, (n,)."""
        drawn = np.stack([saliency.positive_shares(saliency_map) for saliency_map in maps])
        total = np.maximum(drawn.sum((1, 2)), np.finfo(np.float32).tiny)
        shares: np.ndarray = (drawn * self.masks[self.rows]).sum((1, 2)) / total
        return shares

    def mean(self, values: np.ndarray) -> Interval:
        """Return the mean of one value per photo. The bootstrap draws whole lesions."""
        return metrics.mean(values, self.data.lesion_ids[self.rows])


def measure(folder: Path, photos: Photos, split: str, count: int, seed: int) -> Explanations:
    """Measure the saliency maps of a model folder, and return the record.

    Args:
        folder: the model folder.
        photos: photos with lesion masks, to measure how much evidence lies on the lesion.
        split: the split of these photos.
        count: number of photos of the `valid` split on which the maps are compared; half are
            melanomas.
        seed: seed for choosing the photos.

    Raises:
        ModelError: the model cannot be served, or has no saliency map.
    """
    classifier = Classifier.load(folder)
    network = classifier.network
    model = keras.saving.load_model(folder / KERAS)
    sample = photos._replace(rows=draw(photos.data, count, seed))
    few = sample._replace(rows=sample.rows[::EVERY])
    weights = {"of the head": sanity_checks.HEAD, "all": [layer.name for layer in model.layers]}
    ways = candidates(network, model, classifier.card.zooms)
    return Explanations(
        version=classifier.card.version,
        sample=f"{len(sample.rows)} photos of `valid`, half of them melanomas",
        sanity=f"{len(few.rows)} of these photos, {ORDERS} random orders",
        milliseconds=compare_time(network, few.views),
        measured=tuple(compare(network, ways, sample)),
        randomised=tuple(
            Randomised(name, *correlate_shuffled(classifier, model, layers, few))
            for name, layers in weights.items()
        ),
        inside=tuple(lie_inside(network, photos)),
        split=split,
    )


def draw(data: Dataset, count: int, seed: int) -> np.ndarray:
    """Return rows of the `valid` split, half of them melanomas if there are enough."""
    generator, valid = np.random.default_rng(seed), data.rows("valid")
    classes = (valid[data.melanoma[valid]], valid[~data.melanoma[valid]])
    few = [generator.choice(c, min(count // 2, len(c)), replace=False) for c in classes]
    return np.sort(np.concatenate(few))


def compare(network: Network, ways: list[Candidate], photos: Photos) -> list[MapScores]:
    """Return the scores of each way to draw maps, in the same order."""
    scores = []
    courses = [Course(network, view) for view in photos.views]
    for way in ways:
        views = tqdm(photos.views, way.name, unit="photo")
        maps, milliseconds = zip(*[_timed(way.map, view) for view in views], strict=True)
        pairs = zip(courses, maps, strict=True)
        deletion, insertion = np.array(
            [course.follow(saliency_map) for course, saliency_map in pairs]
        ).T
        values = (deletion, insertion, insertion - deletion, photos.inside(maps))
        time_ = round(statistics.median(milliseconds), 1) if way.runtime else 0.0
        scores.append(MapScores(way.name, way.runtime, time_, *map(photos.mean, values)))
    return scores


def _timed(run: Callable[[Pixels], Any], view: Pixels) -> tuple[Any, float]:
    """Return a function's result for a view, and the milliseconds that it took."""
    start = time.perf_counter()
    result = run(view)
    return result, 1000 * (time.perf_counter() - start)


def compare_time(network: Network, views: list[Pixels]) -> tuple[float, float]:
    """Return the median milliseconds of an answer and of its map, measured alternately."""
    pairs = [(_timed(network.score, v)[1], _timed(network.evidence, v)[1]) for v in views * TURNS]
    answer, its_map = np.median(pairs, axis=0).round(1).tolist()
    return answer, its_map


def correlate_shuffled(
    classifier: Classifier, model: keras.Model, layers: Sequence[str], photos: Photos
) -> tuple[Interval, Interval, Interval]:
    """Return the mean correlation of the maps with those of shuffled weights.

    The three figures are Pearson's, Spearman's, and the absolute value of Spearman's.
    """
    correlations = []
    for order in tqdm(range(ORDERS), "shuffling", unit="order"):
        other = sanity_checks.drawn_by(
            sanity_checks.shuffled(model, layers, order), classifier.card.zooms
        )
        network = classifier.network
        correlations.append(
            [sanity_checks.correlate(network.evidence(v), other(v)) for v in photos.views]
        )
    pearson, spearman = np.moveaxis(np.array(correlations), -1, 0)
    averaged = [each.mean(0) for each in (pearson, spearman, abs(spearman))]
    return photos.mean(averaged[0]), photos.mean(averaged[1]), photos.mean(averaged[2])


def lie_inside(network: Network, photos: Photos) -> list[Inside]:
    """Return the share of the evidence on the lesion, for melanomas, other lesions and all."""
    maps = [network.evidence(view) for view in tqdm(photos.views, "locating", unit="photo")]
    has_evidence = np.array([saliency_map.max() > 0 for saliency_map in maps])
    melanoma = photos.data.melanoma[photos.rows]
    kinds = {"melanomas": melanoma, "others": ~melanoma, "all": melanoma | True}
    shares = [
        photos.inside(drawn)
        for drawn in (maps, [gaussian()] * len(maps), [np.ones_like(maps[0])] * len(maps))
    ]
    return [
        Inside(
            name,
            int(kind.sum()),
            int((kind & ~has_evidence).sum()),
            *_means(photos, shares, kind & has_evidence),
        )
        for name, kind in kinds.items()
    ]


def _means(photos: Photos, shares: list[np.ndarray], kept: np.ndarray) -> list[Interval]:
    few = photos._replace(rows=photos.rows[kept])
    return [few.mean(share[kept]) for share in shares]
