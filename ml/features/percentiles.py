"""The rank of a lesion's feature among training lesions that are not melanoma."""

import json
from functools import cache

import numpy as np

from ml.paths import REFERENCE


@cache
def reference() -> dict[str, np.ndarray]:
    """Return each feature's percentiles 1 to 99 over `train` lesions that are not melanoma."""
    percentiles = json.loads(REFERENCE.read_text())["percentiles"]
    return {name: np.array(points) for name, points in percentiles.items()}


def percentile(name: str, value: float) -> int:
    """Return how many of 100 training lesions that are not melanoma have a lower value, 1-99.

    Equal values count half. A value that many lesions share therefore gets the middle of their
    ranks.

    Raises:
        KeyError: there is no such feature, or it has no percentiles (millimetres).
    """
    points = reference()[name]
    below, up_to = np.searchsorted(points, value, "left"), np.searchsorted(points, value, "right")
    return int(np.clip(round((below + up_to) / 2), 1, 99))
