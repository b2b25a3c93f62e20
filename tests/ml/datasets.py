"""Data sets in memory, for tests."""

import numpy as np

from ml.data.cache import Dataset


def dataset(diagnoses, pixels=None, **columns):
    """Return a data set of dermoscopic pictures of HAM10000, each of a different lesion.

    All are in the `train` split. `columns` replace the columns of the same names.
    """
    count = len(diagnoses)
    ids = columns.pop("image_ids", [f"ISIC_{n}" for n in range(count)])
    return Dataset(
        image_ids=ids,
        pixels=np.zeros((count, 150, 200, 3), np.uint8) if pixels is None else pixels,
        diagnoses=np.asarray(diagnoses),
        native_widths=np.full(count, 600),
        splits=np.full(count, "train"),
        lesion_ids=np.array(ids),
        sources=np.full(count, "ham10000"),
        kinds=np.full(count, "dermoscopic"),
        groups=np.array(ids),
        frames=np.tile([0.0, 0.0, 1.0, 1.0], (count, 1)),
    )._replace(**columns)
