"""Scored photos of a made-up network."""

import numpy as np

from ml.evaluation.scored_photos import Scored


def make_scored(count=300, seed=0, **fields):
    """Photos of seven diagnoses, two of each lesion. The logits separate the diagnoses well."""
    generator = np.random.default_rng(seed)
    diagnoses = np.repeat(np.arange(count // 2) % 7, 2)
    logits = generator.normal(0, 1, (count, 8))
    logits[np.arange(count), diagnoses] += 2
    defaults = {
        "logits": logits,
        "lesion": generator.normal(5, 1, count),
        "kind": np.full(count, np.nan),
        "quality": np.tile([200.0, 0.0, 5.0], (count, 1)),
        "diagnoses": diagnoses,
        "groups": np.repeat(np.arange(count // 2), 2).astype(str),
        "sources": np.repeat("ham10000", count),
        "image_ids": np.arange(count).astype(str),
    }
    return Scored(**defaults | fields)
