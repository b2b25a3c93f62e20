"""`python -m ml reference`: the percentiles that a lesion's measures are compared with."""

import json
from pathlib import Path

import numpy as np

from ml.data.cache import Dataset
from ml.measures import tabulating
from ml.measures.measuring import VERSION


def write(data: Dataset, table: tabulating.Table, path: Path) -> None:
    """Write each measure's percentiles 1 to 99 over the table's lesions that are no melanoma."""
    melanomas = {data.image_ids[row] for row in np.flatnonzero(data.melanoma)}
    benign = np.array([image_id not in melanomas for image_id in table.image_ids])
    points = np.percentile(table.values[benign], range(1, 100), axis=0)
    record = {
        "version": VERSION,
        "lesions": int(benign.sum()),
        "percentiles": {
            name: [float(f"{point:.4g}") for point in points[:, column]]
            for column, name in enumerate(tabulating.NAMES)
        },
    }
    path.write_text(json.dumps(record) + "\n")
