"""The cost of each stage of a screening, in milliseconds of processor time.

Web pages, queue and database are not included: `costs`, `peers` and `pages` measure them.
"""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import pillow_heif
from PIL import Image

from diagnosis.classification import active_model
from diagnosis.decoder import cleaning
from diagnosis.measurement import analysis
from ml.preprocessing import images
from ml.preprocessing.views import Views
from ml.serving.classifier import Classifier
from tests.load import photo_files
from tests.load.size import Size

SIDES = {"512 px": (512, 384), "3072 px": (3072, 2304), "12 MP": (4032, 3024)}
HEIC = "12 MP HEIC"
TIMES = 5


def budget(_: Path, __: Size) -> dict[str, Any]:
    """Return the times of each photo's stages, and the bytes that are stored and piped."""
    model = active_model.load(active_model.model_dir())
    return {name: costs(photo, model) for name, photo in photos().items()}


def photos() -> dict[str, bytes]:
    drawn = {name: photo_files.drawn(0, size) for name, size in SIDES.items()}
    with Image.open(io.BytesIO(drawn["12 MP"])) as image, io.BytesIO() as file:
        pillow_heif.from_pillow(image).save(file, quality=60)
        return {**drawn, HEIC: file.getvalue()}


def costs(photo: bytes, model: Classifier) -> dict[str, Any]:
    works, kept = stages(photo, model)
    files = (kept.content, kept.thumbnail, kept.renditions.page, kept.renditions.views)
    stored = sum(map(len, files))
    ms = {name: round(cpu_ms(work), 1) for name, work in works.items()}
    return {"ms": ms, "stored": stored, "piped": len(photo) + stored}


def stages(
    photo: bytes, model: Classifier
) -> tuple[dict[str, Callable[[], object]], cleaning.CleanPhoto]:
    """Return a function for each stage, by name, and the photo as it is stored."""
    image, tables = images.decode_with_tables(io.BytesIO(photo))
    kept = cleaning.clean(io.BytesIO(photo))
    views = Views.from_bytes(kept.renditions.views)
    works: dict[str, Callable[[], object]] = {
        "cleaned": lambda: cleaning.clean(io.BytesIO(photo)),
        "decoded": lambda: images.decode(io.BytesIO(photo)),
        "encoded": partial(cleaning.stored_jpeg, image, tables),
        "viewed": lambda: Views.of(image).to_bytes(),
        "answered": partial(model.classify_view, views.framed),
        "measured": partial(analysis.examine, views, model),
    }
    return works, kept


def cpu_ms(work: Callable[[], object]) -> float:
    work()  # once, to load the libraries
    times_ms = []
    for _ in range(TIMES):
        begun = process_time()
        work()
        times_ms.append(1000 * (process_time() - begun))
    return median(times_ms)
