"""The results of a trained network, in a small file that outlives its weights and pictures."""

import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from sklearn.metrics import roc_auc_score, roc_curve

from ml.architectures import litert
from ml.evaluation import metrics
from ml.evaluation.json_record import JsonRecord
from ml.serving.card import Interval

REPEATS = 30
POINTS = 101


class About(NamedTuple):
    """The network, and how it was trained."""

    title: str
    protocol: str
    epochs: int
    seed: int


@dataclass(frozen=True)
class Record(JsonRecord):
    """A network's row in a table of docs/results.md, and its ROC curve."""

    title: str
    protocol: str
    epochs: int
    seed: int
    parameters: int
    megabytes: float  # LiteRT files with 16-bit weights, and features that `knn` stores
    milliseconds: float  # median through LiteRT on one thread, without decoding
    width: int
    height: int
    valid_auroc: float
    images: int
    melanomas: int
    metrics: dict[str, Interval]  # figures of merit on the `test` split
    # sensitivities at the false positive rates 0, 0.01, ... 1 on the `test` split
    sensitivities: tuple[float, ...]
    elsewhere: dict[str, Interval] = field(default_factory=dict)  # AUROC on other clinics' sets

    @classmethod
    def read(cls, path: Path) -> Self:
        raw: dict[str, Any] = json.loads(path.read_text())
        for name in ("metrics", "elsewhere"):
            raw[name] = {key: Interval(**entry) for key, entry in raw.get(name, {}).items()}
        return cls(**raw | {"sensitivities": tuple(raw["sensitivities"])})


Scores = tuple[np.ndarray, np.ndarray]


def measure(
    about: About,
    models: list[keras.Model],
    *,
    views: Sequence[int] = (1,),
    valid: Scores,
    test: Scores,
) -> Record:
    """Return the record of one network, or of several whose answers are averaged.

    Args:
        about: title, protocol and training.
        models: the networks. The record has the input size of the first one.
        views: how many views of a picture each model averages.
        valid: truth (n,) and probability (n,) for the `valid` split.
        test: the same for the `test` split; photos at 0.5 or more count as melanoma.
    """
    truth, probability = test
    sizes, speeds = zip(*map(_size_and_speed, models), strict=True)
    return Record(
        **about._asdict(),
        parameters=sum(model.count_params() for model in models),
        megabytes=round(sum(sizes) / 1e6, 2),
        milliseconds=round(float(np.dot(speeds, views)), 2),
        width=models[0].input_shape[2],
        height=models[0].input_shape[1],
        valid_auroc=round(float(roc_auc_score(*valid)), 4),
        images=len(truth),
        melanomas=int(truth.sum()),
        metrics=metrics.measure(truth, probability, threshold=0.5),
        sensitivities=roc(truth, probability),
    )


def roc(truth: np.ndarray, probability: np.ndarray) -> tuple[float, ...]:
    """Return the sensitivity at each of 101 false positive rates from 0 to 1."""
    false_positives, sensitivity, _ = roc_curve(truth, probability)
    rates = np.linspace(0, 1, POINTS)
    return tuple(np.interp(rates, false_positives, sensitivity).round(4).tolist())


def _size_and_speed(model: keras.Model) -> tuple[int, float]:
    """Return bytes of the LiteRT file and the median milliseconds of one picture."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        litert.write_litert(model, path)
        interpreter = Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
        durations = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            interpreter.invoke()
            durations.append(time.perf_counter() - start)
        return path.stat().st_size, 1000 * statistics.median(durations)
