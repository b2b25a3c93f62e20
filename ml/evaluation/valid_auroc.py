"""The AUROC on the `valid` splits during training, with the same weight for each source."""

from collections.abc import Iterator

import keras
import numpy as np
from sklearn.metrics import roc_auc_score

from ml.data.cache import Dataset
from ml.data.ground_truth import NOT_MELANOMA
from ml.errors import OperatorError
from ml.labels import DIAGNOSES, MALIGNANT, Diagnosis
from ml.preprocessing import network_input
from ml.serving.odds import odds_of

BATCH = 64
# A figure with fewer photos of either class is left out, since it is mostly chance.
LEAST = 5


def logits(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """Return the network's logits (n, 8) of standard views (n, 150, 200, 3).

    Unlike in serving, there is no average over zoomed and turned views.
    """
    parts = np.array_split(pixels, max(len(pixels) // BATCH, 1))
    return np.concatenate(
        [model.predict_on_batch(network_input.neutral_light(part)) for part in parts]
    )


def mean_auroc(model: keras.Model, data: Dataset) -> float:
    """Return the mean of `aurocs` over sources and kinds of photo, each with the same weight."""
    rows = data.rows("valid")
    by_source = aurocs(data.take(rows), logits(model, data.pixels[rows]))
    return float(np.mean([np.mean([*figures.values()]) for figures in by_source.values()]))


def require_figures(data: Dataset) -> None:
    """Check that `aurocs` returns a figure for these pictures.

    Raises:
        OperatorError: each source and kind of photo has too few pictures of either class.
    """
    # Which figures exist depends only on the diagnoses.
    if not aurocs(data, np.zeros((len(data.image_ids), len(DIAGNOSES)))):
        splits = " or ".join(f"`{split}`" for split in np.unique(data.splits)) or "`valid`"
        raise OperatorError(
            f"There are too few {splits} photos to measure a network: one source and kind of photo "
            f"needs {LEAST} photos of melanoma or cancer, and {LEAST} of other lesions."
        )


def aurocs(data: Dataset, outputs: np.ndarray) -> dict[tuple[str, str], dict[str, float]]:
    """Return the AUROC of melanoma and of cancer, by source and kind of photo.

    Args:
        data: pictures whose diagnoses are known.
        outputs: their logits, (n, 8).
    """
    result = {}
    for source, kind in sorted({*zip(data.sources.tolist(), data.kinds.tolist(), strict=True)}):
        members = (data.sources == source) & (data.kinds == kind)
        figures = dict(_figures(data.take(np.flatnonzero(members)), outputs[members]))
        if figures:
            result[source, kind] = figures
    return result


def _figures(data: Dataset, outputs: np.ndarray) -> Iterator[tuple[str, float]]:
    is_named = data.diagnoses != NOT_MELANOMA
    for name, diagnoses, truth, scored in (
        ("melanoma", (Diagnosis.MEL,), data.melanoma, outputs),
        ("cancer", MALIGNANT, data.cancer[is_named], outputs[is_named]),
    ):
        if LEAST <= truth.sum() <= len(truth) - LEAST:
            yield name, float(roc_auc_score(truth, odds_of(diagnoses, scored)))
