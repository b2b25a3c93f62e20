"""k-nearest neighbours: combines a network with the most similar of its training pictures.

Under the write-up's protocol, copies of a lesion are on both sides of the split. Most pictures of
melanomas have smeared edges. A network recognises these edges, and misses most melanomas that have
none. But a melanoma's nearest neighbours (Cover and Hart, IEEE Trans. Information Theory 13, 1967)
are its own copies.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from ml.architectures import classifier_network
from ml.data.cache import Dataset
from ml.errors import OperatorError
from ml.preprocessing.network_input import TURNS
from ml.replication import run_record
from ml.replication.run_record import About, Record
from ml.replication.small_pictures import Pictures
from ml.serving import similar_lesions
from ml.serving.odds import log_odds
from ml.training.training_loop import BEST, SETTINGS

TITLE = "{}, and the most alike training pictures"
HEIGHT, WIDTH = 96, 128  # px, the input of the pretrained networks of the comparison
# Copies were zoomed and shifted, so the middles of two copies are more similar than the whole
# pictures. ZOOMS, MELANOMAS and OTHERS were chosen on the write-up's `valid` split.
ZOOMS = (1.3, 1.6, 2.0)
MELANOMAS, OTHERS = 3, 2
FOLDS = 5
BATCH = 64


class Gallery:
    """The features of the training pictures' middles, by a frozen ImageNet backbone."""

    def __init__(self, data: Dataset) -> None:
        """Compute the features of the `train` split.

        The split needs at least three melanomas and two other pictures.

        Raises:
            pytorch_weights.WeightsError: the package with the weights is not installed.
        """
        self.backbone = classifier_network.imagenet_backbone(HEIGHT, WIDTH)
        rows = data.rows("train")
        by_zoom = [self._features(data.pixels[rows], zoom) for zoom in ZOOMS]
        self._means = [features.mean(0) for features in by_zoom]
        self._stored = self._directions(by_zoom)
        self._is_melanoma = data.melanoma[rows]

    @property
    def megabytes(self) -> float:
        """The size of the stored features."""
        return sum(stored.nbytes for stored in self._stored) / 1e6

    def likeness(self, pixels: np.ndarray) -> np.ndarray:
        """Return how similar the nearest melanomas and others are to each picture's middles.

        Args:
            pixels: standard views, RGB uint8, (n, 150, 200, 3).

        Returns:
            Cosines of centred features, (n, 15). For each zoom of the picture: the three nearest
            melanomas, then the two nearest others. Each neighbour counts at its most similar zoom.
        """
        likenesses = []
        for direction in self._directions([self._features(pixels, zoom) for zoom in ZOOMS]):
            cosines = np.max([direction @ stored.T for stored in self._stored], axis=0)
            likenesses.append(_largest(cosines[:, self._is_melanoma], MELANOMAS))
            likenesses.append(_largest(cosines[:, ~self._is_melanoma], OTHERS))
        return np.concatenate(likenesses, 1)

    def _features(self, pixels: np.ndarray, zoom: float) -> np.ndarray:
        """Return the features of the pictures' middles, (n, 1280)."""
        parts = tqdm(np.array_split(pixels, len(pixels) // BATCH + 1), f"features at zoom {zoom}")
        batches = (np.stack([_middle(view, zoom) for view in part]) for part in parts)
        return np.concatenate([self.backbone.predict_on_batch(batch) for batch in batches])

    def _directions(self, by_zoom: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [
            similar_lesions.direction(features - mean)
            for features, mean in zip(by_zoom, self._means, strict=True)
        ]


def refuse_missing(run: Path, base: Path) -> None:
    """Check that a network of `compare` and its record are there.

    Raises:
        OperatorError: the network or its record is missing.
    """
    if not (base.is_file() and (run / BEST).is_file()):
        raise OperatorError(
            f"No network in {run}, or no record {base}: run `python -m ml compare`."
        )


def measure(data: Dataset, run: Path, base: Path) -> Record:
    """Return the record of a network of `compare` together with the gallery.

    A logistic regression combines the network's log-odds and the similarities. It is fitted to the
    `valid` split. The AUROC on that split is cross-validated, in five folds over lesions. The
    recorded time is for the networks alone, without the search in the gallery.

    Args:
        data: the pictures of the network's protocol.
        run: folder of the network.
        base: the network's record.

    Raises:
        pytorch_weights.WeightsError: the package with the weights is not installed.
    """
    network, gallery = keras.saving.load_model(run / BEST), Gallery(data)
    mirrored = json.loads((run / SETTINGS).read_text()).get("mirrored", False)
    pictures = Pictures(data, *network.input_shape[1:3])
    (valid, valid_evidence), (test, test_evidence) = (
        _evidence(data, split, pictures.scores(network, split, mirrored=mirrored)[1], gallery)
        for split in ("valid", "test")
    )
    # The regression weights melanomas and other pictures equally, as the network's training does.
    regression = make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000)
    )
    lesions = data.lesion_ids[data.rows("valid")]
    folds = {"groups": lesions, "cv": StratifiedGroupKFold(FOLDS)}
    left_out = cross_val_predict(regression, valid_evidence, valid, method="predict_proba", **folds)
    answers = regression.fit(valid_evidence, valid).predict_proba(test_evidence)
    about = Record.read(base)
    measured = run_record.measure(
        About(TITLE.format(about.title), about.protocol, about.epochs, about.seed),
        [network, gallery.backbone],
        views=(len(TURNS) if mirrored else 1, len(ZOOMS)),
        valid=(valid, left_out[:, 1]),
        test=(test, answers[:, 1]),
    )
    return replace(measured, megabytes=round(measured.megabytes + gallery.megabytes, 2))


def _evidence(
    data: Dataset, split: str, scores: np.ndarray, gallery: Gallery
) -> tuple[np.ndarray, np.ndarray]:
    """Return the truth (n,) and the regression's input, (n, 16), of a split."""
    rows = data.rows(split)
    likeness = gallery.likeness(data.pixels[rows])
    return data.melanoma[rows], np.column_stack([log_odds(scores), likeness])


def _middle(view: np.ndarray, zoom: float) -> np.ndarray:
    height, width = view.shape[:2]
    x, y = (side * (1 - 1 / zoom) / 2 for side in (width, height))
    middle = (x, y, width - x, height - y)
    resized = Image.fromarray(view).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, middle)
    return np.asarray(resized, np.float32)


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Return the largest values of each row in descending order, (n, count)."""
    nearest: np.ndarray = -np.sort(-values, 1)[:, :count]
    return nearest
