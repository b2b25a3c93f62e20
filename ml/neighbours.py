"""A network, and what is most alike among the pictures that it was trained on.

Under the original's protocol copies of one lesion stand on both sides of the split. Most pictures
of melanomas have smeared edges there, which a network sees; those without are found again by their
nearest neighbours (Cover and Hart, IEEE Trans. Information Theory 13, 1967). Split by lesion there
is nothing to be found again.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from ml import architecture, record, similar
from ml.cache import Dataset
from ml.pictures import Pictures
from ml.record import About, Record

TITLE = "EfficientNet-Lite0 (ImageNet) fine-tuned, and the most alike training pictures"
HEIGHT, WIDTH = 96, 128  # px, as the pretrained networks of the comparison see
ZOOMS = (1.3, 1.6, 2.0)  # of the middles that are compared: copies were zoomed and shifted
MELANOMAS, OTHERS = 3, 2  # nearest pictures that count
FOLDS = 5
BATCH = 64
SMALLEST = 1e-6


class Memory:
    """The training pictures' middles, as a frozen ImageNet backbone sees them."""

    def __init__(self, data: Dataset) -> None:
        self.backbone = architecture.imagenet_backbone(HEIGHT, WIDTH)
        rows = data.rows("train")
        seen = [self._see(data.pixels[rows], zoom) for zoom in ZOOMS]
        self._means = [features.mean(0) for features in seen]
        self._known = self._directions(seen)
        self._is_melanoma = data.melanoma[rows]

    @property
    def megabytes(self) -> float:
        """What it keeps of the pictures."""
        return sum(known.nbytes for known in self._known) / 1e6

    def likeness(self, pixels: np.ndarray) -> np.ndarray:
        """Return how alike the nearest melanomas and others are to each picture's middles.

        Args:
            pixels: standard views, RGB uint8, (n, 150, 200, 3).

        Returns:
            Cosines of centred features, (n, 15): for each zoom those of the three nearest
            melanomas and of the two nearest others, each at the zoom at which it is nearest.
        """
        found = []
        for direction in self._directions([self._see(pixels, zoom) for zoom in ZOOMS]):
            cosines = np.max([direction @ known.T for known in self._known], axis=0)
            found.append(_largest(cosines[:, self._is_melanoma], MELANOMAS))
            found.append(_largest(cosines[:, ~self._is_melanoma], OTHERS))
        return np.concatenate(found, 1)

    def _see(self, pixels: np.ndarray, zoom: float) -> np.ndarray:
        """Return the features of the pictures' middles, (n, 1280)."""
        parts = tqdm(np.array_split(pixels, len(pixels) // BATCH + 1), f"looking at 1/{zoom}")
        batches = (np.stack([_middle(view, zoom) for view in part]) for part in parts)
        return np.concatenate([self.backbone.predict_on_batch(batch) for batch in batches])

    def _directions(self, seen: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [
            similar.direction(features - mean)
            for features, mean in zip(seen, self._means, strict=True)
        ]


def measure(data: Dataset, file: Path, epochs: int, seed: int) -> Record:
    """Return the record of a network, in a .keras file, together with its memory.

    A logistic regression weighs the network's log-odds and the likenesses. It is fitted to the
    valid split; that split's own figure is of pictures that were left out, in five folds.

    Args:
        data: pictures of the original's protocol.
        file: a network of two labels, as `compare` trains them.
        epochs: that it was trained for.
        seed: with which.
    """
    network = keras.saving.load_model(file)
    memory = Memory(data)
    pictures = Pictures(data, *network.input_shape[1:3])
    (valid, found), (test, unseen) = (
        _evidence(data, split, pictures.scores(network, split)[1], memory)
        for split in ("valid", "test")
    )
    regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    left_out = cross_val_predict(regression, found, valid, cv=FOLDS, method="predict_proba")
    answers = regression.fit(found, valid).predict_proba(unseen)
    measured = record.measure(
        About(TITLE, "original", epochs, seed),
        [network, memory.backbone],
        views=(1, len(ZOOMS)),
        valid=(valid, left_out[:, 1]),
        test=(test, answers[:, 1]),
    )
    return replace(measured, megabytes=round(measured.megabytes + memory.megabytes, 2))


def _evidence(
    data: Dataset, split: str, scores: np.ndarray, memory: Memory
) -> tuple[np.ndarray, np.ndarray]:
    """Return the truth (n,) and what the regression weighs, (n, 16), of a split."""
    rows = data.rows(split)
    probability = np.clip(scores, SMALLEST, 1 - SMALLEST)
    log_odds = np.log(probability / (1 - probability))
    return data.melanoma[rows], np.column_stack([log_odds, memory.likeness(data.pixels[rows])])


def _middle(view: np.ndarray, zoom: float) -> np.ndarray:
    height, width = view.shape[:2]
    x, y = (side * (1 - 1 / zoom) / 2 for side in (width, height))
    middle = (x, y, width - x, height - y)
    resized = Image.fromarray(view).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, middle)
    return np.asarray(resized, np.float32)


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Return the largest values of each row, the largest first, (n, count)."""
    return -np.sort(np.partition(-values, count - 1, 1)[:, :count], 1)
