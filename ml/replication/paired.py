"""`python -m ml paired`: compares two published networks on the same photos of HAM10000."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from ml.architectures import classifier_network
from ml.data.cache import Dataset
from ml.errors import OperatorError
from ml.evaluation import bootstrap, metrics, validate
from ml.evaluation.json_record import JsonRecord
from ml.labels import MALIGNANT, Diagnosis
from ml.preprocessing.network_input import SCALES
from ml.serving.card import KERAS, Interval
from ml.serving.odds import odds_of


@dataclass(frozen=True)
class Paired(JsonRecord):
    """A model's AUROCs minus another model's."""

    model: str
    against: str
    split: str
    images: int
    differences: dict[str, Interval]  # "melanoma", "cancer"

    @classmethod
    def read(cls, path: Path) -> Self:
        raw: dict[str, Any] = json.loads(path.read_text())
        differences = {name: Interval(**figure) for name, figure in raw["differences"].items()}
        return cls(**raw | {"differences": differences})


def measure(data: Dataset, model: Path, against: Path, split: str) -> Paired:
    """Return the differences on a split. Intervals: 95 %, bootstrap over lesions.

    Each network sees a photo at three scales.

    Args:
        data: HAM10000.
        model: a model folder.
        against: the other network, a .keras file.
        split: `valid` or `test`.

    Raises:
        OperatorError: a file is missing.
    """
    files = (model / KERAS, against)
    if missing := [str(file) for file in files if not file.is_file()]:
        raise OperatorError(f"{missing[0]} is not there: give a model folder and a .keras file.")
    photos = data.take(data.rows(split))
    networks = [classifier_network.read(file) for file in files]
    logits = [validate.logits(network, photos.pixels, SCALES) for network in networks]
    differences = _differences(photos, *map(_scores, logits))
    return Paired(model.name, against.stem, split, len(photos.image_ids), differences)


def _scores(logits: np.ndarray) -> dict[str, np.ndarray]:
    return {"melanoma": odds_of((Diagnosis.MEL,), logits), "cancer": odds_of(MALIGNANT, logits)}


def _differences(
    data: Dataset, ours: Mapping[str, np.ndarray], theirs: Mapping[str, np.ndarray]
) -> dict[str, Interval]:
    truths = {"melanoma": data.melanoma, "cancer": data.cancer}

    def figures(rows: np.ndarray) -> dict[str, float]:
        return {
            name: metrics.auroc(truth[rows], ours[name][rows])
            - metrics.auroc(truth[rows], theirs[name][rows])
            for name, truth in truths.items()
        }

    return bootstrap.intervals(figures, data.groups, data.diagnoses)
