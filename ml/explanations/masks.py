"""Where the lesion lies, as people have outlined it."""

from pathlib import Path

import numpy as np
from PIL import Image

from ml import sources
from ml.errors import OperatorError
from ml.evidence import COLUMNS, ROWS

SUFFIX = "_segmentation"


def read(path: Path, image_ids: list[str]) -> dict[str, np.ndarray]:
    """Return how much of each cell of a map is lesion, (30, 40) in [0, 1], by image.

    Args:
        path: a folder or zip file of `<image_id>_segmentation.png`, as HAM10000 has it.
        image_ids: whose masks.

    Raises:
        OperatorError: some masks are missing.
    """
    wanted = {image_id + SUFFIX for image_id in image_ids}
    names = [name for name in sources.list_names(path) if sources.image_id(name) in wanted]
    if len(names) < len(wanted):
        raise OperatorError(
            f"{len(wanted) - len(names)} of {len(wanted)} masks are not in {path}: download "
            "HAM10000_segmentations_lesion_tschandl.zip there (doi:10.7910/DVN/DBW86T)."
        )
    pictures = sources.read_pictures(path, names)
    return {p.image_id.removesuffix(SUFFIX): _shares(Image.open(p.stream)) for p in pictures}


def _shares(mask: Image.Image) -> np.ndarray:
    small = mask.convert("L").resize((COLUMNS, ROWS), Image.Resampling.BOX)
    return np.asarray(small) / 255


def inside(evidence: np.ndarray, mask: np.ndarray) -> float:
    """Return the share of a map's evidence, (30, 40) and nowhere negative, that lies on lesion."""
    return float((evidence * mask).sum() / max(evidence.sum(), np.finfo(float).tiny))
