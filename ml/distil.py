"""What a network is to learn of each picture: the diagnosis, and what trained networks answer."""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
from scipy.special import softmax
from tqdm import tqdm

from ml import views
from ml.cache import Dataset
from ml.labels import DIAGNOSES, MELANOMA_INDEX

SHARE = 0.5  # of the teachers in the target
BATCH = 64


def targets(data: Dataset, teachers: Sequence[str] = ()) -> np.ndarray:
    """Return the probabilities to learn, (n, 7), of every picture of a data set.

    With teachers (.keras files), half of a train picture's target is the mean of their
    probabilities, each averaged over the picture's four mirror images: Hinton, Vinyals and Dean,
    "Distilling the knowledge in a neural network", 2015, at temperature 1.
    """
    wanted = certain(data.diagnoses)
    if teachers:
        networks = [keras.saving.load_model(teacher) for teacher in teachers]
        rows = data.rows("train")
        answers = np.concatenate(list(_answers(networks, data.pixels, rows)))
        wanted[rows] = (1 - SHARE) * wanted[rows] + SHARE * answers
    return wanted


def certain(diagnoses: np.ndarray) -> np.ndarray:
    """Return the probabilities (n, 7) of diagnoses (n,) that are known.

    -1, not melanoma and more is not known, is shared among the other six.
    """
    known = np.eye(len(DIAGNOSES), dtype=np.float32)
    others = (1 - known[MELANOMA_INDEX]) / (len(DIAGNOSES) - 1)
    wanted: np.ndarray = np.concatenate([known, others[None]])[diagnoses]
    return wanted


def _answers(
    networks: list[keras.Model], pixels: np.ndarray, rows: np.ndarray
) -> Iterator[np.ndarray]:
    for part in tqdm(np.array_split(rows, len(rows) // BATCH + 1), "asking the teachers"):
        pictures = views.neutral_light(pixels[part])
        mirrored = [pictures[:, ::down, ::right] for down in (1, -1) for right in (1, -1)]
        logits = [network.predict_on_batch(view) for network in networks for view in mirrored]
        yield softmax(logits, axis=-1).mean(axis=0)
