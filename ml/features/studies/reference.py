"""`python -m ml reference`: computes the percentiles to compare a lesion's features with."""

import json
from pathlib import Path

import numpy as np

from ml.data.cache import Dataset
from ml.features.measuring import VERSION
from ml.features.studies import feature_table


def write(data: Dataset, table: feature_table.Table, path: Path) -> None:
    """Write each feature's percentiles 1 to 99 over the table's lesions that are not melanoma."""
    melanomas = {data.image_ids[row] for row in np.flatnonzero(data.melanoma)}
    not_melanoma = np.array([image_id not in melanomas for image_id in table.image_ids])
    points = np.percentile(table.values[not_melanoma], range(1, 100), axis=0)
    record = {
        "version": VERSION,
        "lesions": int(not_melanoma.sum()),
        "percentiles": {
            name: [float(f"{point:.4g}") for point in points[:, column]]
            for column, name in enumerate(feature_table.NAMES)
        },
    }
    path.write_text(json.dumps(record) + "\n")
