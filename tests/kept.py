"""`python -m tests.kept`: measures how storing a photo changes its size, colours and result.

Each JPEG of the data sets is stored in two ways: with its own quantisation tables, as the site
stores JPEGs, and with quality 92 and full colour, as it stores other formats. No diagnosis is used.
Writes docs/results/kept.json.
"""

import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import mean
from time import process_time
from typing import Any

import numpy as np
from PIL import Image
from skimage.color import rgb2lab

from diagnosis.decoder import cleaning
from ml.data import picture_files
from ml.paths import DEFAULT_MODEL, RECORDS, data_folder
from ml.preprocessing.images import decode, decode_with_tables
from ml.preprocessing.views import Views
from ml.serving.classifier import Classifier

# The maximum number of photos from each archive.
MOST = {
    "isic_uda1_originals.zip": 6,
    "isic_uda1_512.zip": 24,
    "pad_ufes20.zip": 24,
    "derm7pt.zip": 23,
    "ham10000_300x225.zip": 23,
}
# In pixels. If a photo's longer side is at least twice this, only every n-th row and column is
# compared.
SIDE = 600


def main() -> None:
    model, sums = Classifier.load(DEFAULT_MODEL), {}
    for name, most in MOST.items():
        rows = defaultdict(list)
        for photo in photos(name, most):
            for way, row in compared(photo, model).items():
                rows[way].append(row)
        sums[name] = {way: summed(values) for way, values in rows.items()}
    (RECORDS / "kept.json").write_text(json.dumps(sums, indent=1) + "\n")


def photos(name: str, most: int) -> Iterator[bytes]:
    path = data_folder() / name
    names = picture_files.list_names(path)
    chosen = [*islice(names, 0, None, max(1, len(names) // most))][:most]
    for picture in picture_files.read_pictures(path, chosen):
        yield picture.stream.read()


def compared(photo: bytes, model: Classifier) -> dict[str, dict[str, Any]]:
    image = decode(io.BytesIO(photo))
    answer = model.classify_view(Views.of(image).framed)
    ways: dict[str, Callable[[], bytes]] = {
        "as it was": lambda: cleaning.stored_jpeg(*decode_with_tables(io.BytesIO(photo))),
        "as other files": lambda: cleaning.stored_jpeg(decode(io.BytesIO(photo)), None),
    }
    rows = {}
    for way, keep in ways.items():
        begun = process_time()
        content = keep()
        seconds = process_time() - begun
        again = decode(io.BytesIO(content))
        colour = differences(image, again)
        kept = model.classify_view(Views.of(again).framed)
        rows[way] = {
            "bytes": len(content) / len(photo),
            "decoded_and_encoded_ms": 1000 * seconds,
            "delta_e": float(colour.mean()),
            "delta_e_99": float(np.percentile(colour, 99)),
            "moved": int((kept.tier, kept.refusal) != (answer.tier, answer.refusal)),
            "cancer": abs((kept.cancer or 0) - (answer.cancer or 0)),
        }
    return rows


def differences(first: Image.Image, other: Image.Image) -> np.ndarray:
    """Return the ΔE*ab of pixels."""
    step = max(1, max(first.size) // SIDE)
    labs = [rgb2lab(np.asarray(image)[::step, ::step]) for image in (first, other)]
    distances: np.ndarray = np.linalg.norm(labs[0] - labs[1], axis=-1)
    return distances


def summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    means = ("bytes", "decoded_and_encoded_ms", "delta_e", "delta_e_99")
    return {
        "photos": len(rows),
        **{name: round(mean(row[name] for row in rows), 3) for name in means},
        "tiers_moved": sum(row["moved"] for row in rows),
        "cancer_moved_most": round(max(row["cancer"] for row in rows), 4),
    }


if __name__ == "__main__":
    main()
