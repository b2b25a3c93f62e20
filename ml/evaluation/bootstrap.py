"""The bootstrap over groups, which draws all photos of a lesion or patient together.

Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ml.serving.card import Interval

ROUNDS = 1000
DIGITS = 4


def draws(groups: np.ndarray, strata: np.ndarray, seed: int = 0) -> Iterator[np.ndarray]:
    """Yield the row numbers of the photos in each bootstrap sample of whole groups.

    Args:
        groups: (n,), names.
        strata: (n,), any values. Each sample has as many groups of a stratum as the data, so
            that no sample lacks a stratum. A group belongs to the stratum of its first photo.
        seed: seed of the draws.
    """
    _, first, position = np.unique(groups, return_index=True, return_inverse=True)
    sizes, members = np.bincount(position), np.argsort(position, kind="stable")
    starts = np.cumsum(sizes) - sizes
    of_stratum = [np.flatnonzero(strata[first] == stratum) for stratum in np.unique(strata[first])]
    generator = np.random.default_rng(seed)
    for _ in range(ROUNDS):
        drawn = np.concatenate([generator.choice(numbers, len(numbers)) for numbers in of_stratum])
        counts = sizes[drawn]
        # For each photo of the sample: the start of its group, and its position in the group.
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        yield members[np.repeat(starts[drawn], counts) + offsets]


def intervals(
    figures: Callable[[np.ndarray], Mapping[str, float]], groups: np.ndarray, strata: np.ndarray
) -> dict[str, Interval]:
    """Return each defined figure with its 95 % percentile interval.

    Args:
        figures: a function that returns the figures of a sample from its row numbers, or NaN
            for a figure that is undefined.
        groups: (n,), see `draws`.
        strata: (n,), see `draws`.
    """
    values = figures(np.arange(len(groups)))
    drawn = [figures(rows) for rows in draws(groups, strata)]
    return {
        name: Interval(
            round(float(value), DIGITS),
            *(
                round(float(limit), DIGITS)
                for limit in _limits([sample.get(name, np.nan) for sample in drawn])
            ),
        )
        for name, value in values.items()
        if not np.isnan(value)
    }


def _limits(values: list[float]) -> np.ndarray:
    array = np.array(values)
    limits: np.ndarray = np.percentile(array[~np.isnan(array)], (2.5, 97.5))
    return limits
