"""The rank of a lesion's feature among benign training lesions."""

import json
from functools import cache

import numpy as np

from ml.paths import REFERENCE


@cache
def reference() -> dict[str, np.ndarray]:
    """Return each feature's percentiles 1 to 99 over the benign lesions of the train split."""
    percentiles = json.loads(REFERENCE.read_text())["percentiles"]
    return {name: np.array(points) for name, points in percentiles.items()}


def percentile(name: str, value: float) -> int:
    """Return how many of 100 benign training lesions have a lower value of a feature, 1-99.

    Equal values count half. For a count that most lesions share, this gives the middle of their
    range.

    Raises:
        KeyError: there is no such feature, or it has no percentiles (millimetres).
    """
    points = reference()[name]
    below, up_to = np.searchsorted(points, value, "left"), np.searchsorted(points, value, "right")
    return int(np.clip(round((below + up_to) / 2), 1, 99))
