"""Training targets with distillation: each picture's diagnosis, and the answers of teachers."""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
from scipy.special import softmax
from tqdm import tqdm

from ml.architectures import classifier_network
from ml.data.cache import Dataset
from ml.labels import BENIGN, DIAGNOSES, MELANOMA_INDEX
from ml.preprocessing import network_input

SHARE = 0.5  # the teachers' share of the target
BATCH = 64


def targets(data: Dataset, teachers: Sequence[str] = ()) -> np.ndarray:
    """Return the target of every picture of a data set, (n, 8): see `candidates`.

    With teachers (.keras files), it is `certain` instead. Half of a `train` picture's target is
    then the mean of the teachers' probabilities for the picture and its mirror images. Hinton,
    Vinyals and Dean, "Distilling the knowledge in a neural network", 2015, at temperature 1.
    """
    if not teachers:
        return candidates(data.diagnoses)
    result = certain(data.diagnoses)
    networks = [classifier_network.read(teacher) for teacher in teachers]
    rows = data.rows("train")
    answers = np.concatenate(list(_answers(networks, data.pixels, rows)))
    result[rows] = (1 - SHARE) * result[rows] + SHARE * answers
    return result


def certain(diagnoses: np.ndarray) -> np.ndarray:
    """Return the probabilities (n, 8) for known diagnoses (n,).

    If only a set of possible diagnoses is known, they all have the same probability.
    """
    possible = candidates(diagnoses)
    probabilities: np.ndarray = possible / possible.sum(-1, keepdims=True)
    return probabilities


def candidates(diagnoses: np.ndarray) -> np.ndarray:
    """Return the diagnoses that each picture may show, (n, 8) of 0 and 1, from diagnoses (n,).

    A known diagnosis is one-hot. `ground_truth.BENIGN` stands for any benign diagnosis,
    `ground_truth.NOT_MELANOMA` for any diagnosis but melanoma.
    """
    one_hot = np.eye(len(DIAGNOSES), dtype=np.float32)
    benign = np.array([diagnosis in BENIGN for diagnosis in DIAGNOSES], np.float32)
    possible: np.ndarray = np.stack([*one_hot, benign, 1 - one_hot[MELANOMA_INDEX]])[diagnoses]
    return possible


def _answers(
    networks: list[keras.Model], pixels: np.ndarray, rows: np.ndarray
) -> Iterator[np.ndarray]:
    for part in tqdm(np.array_split(rows, len(rows) // BATCH + 1), "asking the teachers"):
        pictures = network_input.neutral_light(pixels[part])
        mirrored = [pictures[:, ::down, ::right] for down in (1, -1) for right in (1, -1)]
        logits = [network.predict_on_batch(view) for network in networks for view in mirrored]
        yield softmax(logits, axis=-1).mean(axis=0)
