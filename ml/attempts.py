"""Measure trained runs of the served network's recipe, alone or averaged, as records."""

from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from ml import record, views
from ml.cache import Dataset
from ml.odds import melanoma_log_odds
from ml.record import About, Record

BATCH = 64


def measure(data: Dataset, files: list[Path], about: About, *, mirrored: bool) -> Record:
    """Return the record of the networks in `files`, their log-odds averaged.

    Mirrored, each picture is averaged with its three mirror images, as the worker does.
    """
    models = [keras.saving.load_model(file) for file in files]
    flips = [(1, 1), (-1, 1), (1, -1), (-1, -1)] if mirrored else [(1, 1)]
    valid, test = (
        (data.melanoma[data.rows(split)], _probability(data, split, models, flips))
        for split in ("valid", "test")
    )
    return record.measure(about, models, views=len(flips), valid=valid, test=test)


def _probability(
    data: Dataset, split: str, models: list[keras.Model], flips: list[tuple[int, int]]
) -> np.ndarray:
    rows = data.rows(split)
    found = []
    for part in tqdm(np.array_split(rows, len(rows) // BATCH + 1), f"measuring {split}"):
        pixels = views.neutral_light(data.pixels[part])
        scores = [_log_odds(m, pixels[:, ::down, ::right]) for m in models for down, right in flips]
        found.append(np.mean(scores, axis=0))
    probability: np.ndarray = 1 / (1 + np.exp(-np.concatenate(found)))
    return probability


def _log_odds(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    outputs = model.predict_on_batch(pixels)
    # A published model has a second output, for the gate.
    logits = outputs["diagnoses"] if isinstance(outputs, dict) else outputs
    return melanoma_log_odds(logits)
