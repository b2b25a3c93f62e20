"""Which training images make up an epoch."""

import numpy as np

from ml.labels import MELANOMA_INDEX

# Between every image alike (1) and every diagnosis alike (0): the rarest has 92 images.
TEMPERING = 0.5
MELANOMA_FACTOR = 2.0


def draw(
    diagnoses: np.ndarray, groups: np.ndarray, count: int, generator: np.random.Generator
) -> np.ndarray:
    """Return `count` positions, drawn with replacement, rare diagnoses more often.

    Each group (native resolution) is drawn with the same mix of diagnoses, so that whatever gives
    the group away tells nothing about the label: "simple data balancing", Idrissi et al., CLeaR
    2022. In HAM10000 the images known only at low resolution are melanomas twice as often.
    """
    return generator.choice(len(diagnoses), count, p=probabilities(diagnoses, groups))


def probabilities(diagnoses: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the chance of each image in one draw; they add up to 1."""
    classes, counts = np.unique(diagnoses, return_counts=True)
    shares = counts**TEMPERING * np.where(classes == MELANOMA_INDEX, MELANOMA_FACTOR, 1.0)
    weights = np.zeros(len(diagnoses))
    for group in np.unique(groups):
        in_group = groups == group
        for diagnosis, share in zip(classes, shares, strict=True):
            members = in_group & (diagnoses == diagnosis)
            weights[members] = in_group.mean() * share / max(members.sum(), 1)
    result: np.ndarray = weights / weights.sum()
    return result
