"""Ablations: measures trained runs of the served network's recipe, alone or averaged."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Self

import keras
import numpy as np
from tqdm import tqdm

from ml.architectures import classifier_network
from ml.data import picture_files
from ml.data.cache import Dataset
from ml.data.ground_truth import Truth, read_labels
from ml.errors import OperatorError
from ml.evaluation import metrics
from ml.preprocessing import images, network_input
from ml.replication import run_record
from ml.replication.run_record import About, Record
from ml.serving.card import Interval
from ml.serving.odds import melanoma_log_odds

BATCH = 64
LOOKING = {"once": (1.0,), "mirrored": network_input.MIRRORED, "at-scales": network_input.SCALES}


class Ensemble(NamedTuple):
    """Networks whose log-odds are averaged, each over several views of a picture."""

    models: list[keras.Model]
    zooms: Sequence[float]

    @classmethod
    def load(cls, files: Sequence[Path], looking: str) -> Self:
        """Return the networks in .keras files, with the views of an entry of `LOOKING`.

        Raises:
            OperatorError: a file is missing.
        """
        if missing := [str(file) for file in files if not file.is_file()]:
            raise OperatorError(f"{missing[0]} is not there: give .keras files of networks.")
        return cls([classifier_network.read(file) for file in files], LOOKING[looking])

    def probability(self, pixels: np.ndarray) -> np.ndarray:
        """Return the probability of melanoma (n,) of standard views (n, 150, 200, 3) uint8."""
        batches = np.stack([network_input.averaged(view, self.zooms) for view in pixels], axis=1)
        scores = [_log_odds(model, batch) for model in self.models for batch in batches]
        probability: np.ndarray = 1 / (1 + np.exp(-np.mean(scores, axis=0)))
        return probability


def measure(
    data: Dataset, ensemble: Ensemble, about: About, sets: dict[str, tuple[Path, Path]]
) -> Record:
    """Return the record of an ensemble on `valid`, on `test`, and on other clinics' sets.

    Args:
        data: the decoded HAM10000.
        ensemble: the networks to measure.
        about: title, protocol and training.
        sets: name -> pictures and labels; there is no gate, so no picture is refused.
    """
    valid, test = (
        (data.melanoma[data.rows(split)], _of_split(data, split, ensemble))
        for split in ("valid", "test")
    )
    views = [len(ensemble.zooms)] * len(ensemble.models)
    measured = run_record.measure(about, ensemble.models, views=views, valid=valid, test=test)
    return replace(measured, elsewhere={name: _auroc(ensemble, *s) for name, s in sets.items()})


def _of_split(data: Dataset, split: str, ensemble: Ensemble) -> np.ndarray:
    rows = data.rows(split)
    parts = tqdm(np.array_split(rows, len(rows) // BATCH + 1), f"measuring {split}")
    return np.concatenate([ensemble.probability(data.pixels[part]) for part in parts])


def _auroc(ensemble: Ensemble, pictures: Path, labels: Path) -> Interval:
    truth = read_labels(labels)
    by_name = dict(_views(pictures, truth))
    pixels = np.stack(list(by_name.values()))
    parts = np.array_split(pixels, len(pixels) // BATCH + 1)
    probability = np.concatenate([ensemble.probability(part) for part in parts])
    return metrics.measure(
        np.array([truth[name].is_melanoma for name in by_name]), probability, 0.5
    )["auroc"]


def _views(pictures: Path, truth: dict[str, Truth]) -> Iterator[tuple[str, network_input.Pixels]]:
    names = [
        name for name in picture_files.list_names(pictures) if picture_files.image_id(name) in truth
    ]
    for picture in tqdm(picture_files.read_pictures(pictures, names), "decoding", total=len(names)):
        yield picture.image_id, network_input.framed_view(images.decode(picture.stream))


def _log_odds(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    return melanoma_log_odds(model.predict_on_batch(pixels))
