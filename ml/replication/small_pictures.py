"""A data set shrunk to the input of a small network, in memory."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image
from tqdm import tqdm

from ml.data.cache import Dataset
from ml.labels import Label
from ml.preprocessing.network_input import TURNS


class Pictures:
    """Pictures (n, height, width, 3) uint8 of a data set, and whether each is a melanoma."""

    def __init__(self, data: Dataset, height: int, width: int) -> None:
        self.data = data
        self.pixels = np.empty((len(data.pixels), height, width, 3), np.uint8)
        for row, view in enumerate(tqdm(data.pixels, "shrinking", unit="image")):
            small = Image.fromarray(view).resize((width, height), Image.Resampling.BOX)
            self.pixels[row] = np.asarray(small)

    def split(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return a split's pictures and labels (n,) int."""
        return self._take(self.data.rows(name))

    def balanced(self, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return pictures and labels drawn from the `train` split, about half of them melanomas."""
        return self._take(self._draw(count, seed))

    def scores(
        self, model: keras.Model, split: str, *, mirrored: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return truth (n,) bool and the probability of melanoma (n,) of a split.

        With `mirrored`, the probability is the mean over a picture's four orientations.
        """
        rows = self.data.rows(split)
        turns = TURNS if mirrored else TURNS[:1]
        probabilities = [
            np.mean(
                [model.predict_on_batch(pixels[:, ::down, ::across]) for down, across in turns], 0
            )
            for pixels in np.array_split(self.pixels[rows], max(len(rows) // 64, 1))
        ]
        return self.data.melanoma[rows], np.concatenate(probabilities)[:, Label.MELANOMA]

    def batches(self, count: int, size: int, seed: tuple[int, int]) -> tf.data.Dataset:
        """Return `count` batches of `size` pictures and labels, drawn like `balanced`."""
        drawn = self._draw((count, size), seed)

        def gather() -> Iterator[tuple[Any, Any]]:
            for batch in drawn:
                yield self._take(batch)

        signature = (
            tf.TensorSpec((size, *self.pixels.shape[1:]), tf.uint8),
            tf.TensorSpec((size,), tf.int32),
        )
        batches = tf.data.Dataset.from_generator(gather, output_signature=signature)
        return batches.apply(tf.data.experimental.assert_cardinality(count)).prefetch(4)

    def _take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.pixels[rows], self.data.melanoma[rows].astype(np.int32)

    def _draw(self, shape: Any, seed: Any) -> np.ndarray:
        rows = self.data.rows("train")
        truth = self.data.melanoma[rows]
        weights = np.where(truth, 0.5 / max(truth.sum(), 1), 0.5 / max((~truth).sum(), 1))
        generator = np.random.default_rng(seed)
        drawn: np.ndarray = generator.choice(rows, shape, p=weights / weights.sum())
        return drawn
