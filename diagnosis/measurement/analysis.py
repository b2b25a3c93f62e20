"""Measures a photo: outlines the lesion, computes its features, and draws the saliency map."""

import io
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from django.db import DatabaseError
from PIL import Image

from diagnosis.classification import active_model
from diagnosis.models import Measurement
from ml.paths import DEFAULT_OUTLINER
from ml.preprocessing.network_input import Pixels
from ml.preprocessing.views import Views
from ml.serving.card import ModelError

if TYPE_CHECKING:
    from ml.segmentation.outliner import Outliner
    from ml.serving.classifier import Classifier

# Raise this number whenever a change in this file alters the meaning of stored values.
CODE = "2"
DIGITS, SIGNIFICANT = 4, 5
# The largest distance between the stored, simplified outline and the original, as a share of the
# photo's sides: a pixel of the picture on a page, or a fifth of a pixel of the network's input.
OUTLINE_ERROR = 0.001

# The overlay's colour, which occurs neither in skin nor in lesions, and its highest opacity.
COLOUR = (0, 200, 255)
MOST_OPAQUE = 180
OVERLAY_SIDE = 160


def version() -> str:
    """Return the versions of outliner, features and this file as a single string.

    After this string has changed, `manage.py measure_screenings` measures all photos again.
    """
    from ml import features

    folder = outliner_dir()
    return f"{folder.name if folder.is_dir() else 'none'}/{features.VERSION}/{CODE}"


def outliner_dir() -> Path:
    return Path(settings.OUTLINER_DIR or DEFAULT_OUTLINER)


@lru_cache(maxsize=1)
def outliner(folder: Path) -> "Outliner":
    """Load the outliner once per process, as `active_model.load` does.

    Raises:
        ModelError: the outliner cannot be served.
    """
    from ml.segmentation.outliner import Outliner

    return Outliner.load(folder)


def load_networks() -> None:
    """Load classifier and outliner before workers are forked, which then share the memory.

    If loading fails, each worker loads the networks with its first photo.
    """
    with suppress(ModelError, DatabaseError):
        active_model.classifier()
        if (folder := outliner_dir()).is_dir():
            outliner(folder)


def examine(views: Views, model: "Classifier | None") -> tuple[Measurement, bytes]:
    """Return a photo's unsaved measurement, and the overlay as PNG.

    `model` is the model that classified the photo. Without a model there is no overlay, and without
    an outliner there are no figures.

    Raises:
        ModelError: there is an outliner, but it cannot be served.
    """
    measurement = Measurement(version=version())
    folder = outliner_dir()
    mask = _measure(views.whole, outliner(folder), measurement) if folder.is_dir() else None
    if model and settings.SIMILAR_DIR:
        measurement.embedding = _embed(views, model)
    return measurement, _saliency_overlay(views, model, mask, measurement)


def _embed(views: Views, model: "Classifier") -> bytes | None:
    """Return the embedding for finding similar cases. None if the model has none."""
    try:
        return model.network.features(views.framed).astype(np.float16).tobytes()
    except ModelError:
        return None


def _measure(whole: Pixels, network: "Outliner", measurement: Measurement) -> np.ndarray | None:
    """Set the measurement's outline and figures, or its fault. Return the lesion's mask."""
    from ml import features
    from ml.segmentation import contour
    from ml.segmentation.outliner import OutlineError

    try:
        outline = network.outline(Image.fromarray(whole))
    except OutlineError as error:
        measurement.fault = error.fault.value
        return None
    values, drawing = features.measure_and_draw(whole, outline.mask)
    # Lengths are converted to millimetres only when shown.
    figures = {
        name: float(f"{value:.{SIGNIFICANT}g}")
        for name, value in values._asdict().items()
        if value is not None
    }
    measurement.confidence = outline.confidence
    measurement.outline = _rounded(contour.simplified(outline.polygon, OUTLINE_ERROR))
    measurement.axes = [_rounded(axis) for axis in drawing.axes]
    measurement.figures = figures
    measurement.percentiles = {name: features.percentile(name, figures[name]) for name in figures}
    return outline.mask


def _rounded(points: np.ndarray) -> list[list[float]]:
    rounded: list[list[float]] = np.round(points.astype(float), DIGITS).tolist()
    return rounded


def _saliency_overlay(
    views: Views,
    model: "Classifier | None",
    mask: np.ndarray | None,
    measurement: Measurement,
) -> bytes:
    """Return the saliency map as an overlay.

    Store the model's version, and the map's share inside the lesion, in the measurement.
    """
    saliency = _explain(views, model)
    if model is None or saliency is None:
        return b""
    measurement.map_version = model.card.version
    if not saliency.any():
        return b""
    if mask is not None:
        measurement.inside = share_inside(saliency, mask)
    return overlay(saliency, views.size)


def _explain(views: Views, model: "Classifier | None") -> np.ndarray | None:
    """Return the saliency map. None if the model has none."""
    try:
        return model.explain(views) if model else None
    except ModelError:
        return None


def share_inside(saliency: np.ndarray, mask: np.ndarray) -> float:
    """Return the share of a saliency map, (rows, columns), that lies inside a mask of the photo."""
    grey = Image.fromarray(mask.astype(np.uint8) * 255)
    covered = np.asarray(grey.resize(saliency.shape[::-1], Image.Resampling.BOX)) / 255
    return float((saliency * covered).sum() / saliency.sum())


def overlay(saliency: np.ndarray, size: tuple[int, int]) -> bytes:
    """Return a saliency map as a small PNG with the photo's proportions.

    The map has the shape (rows, columns) and values from 0 to 1.
    """
    opacities = Image.fromarray(np.rint(saliency * MOST_OPAQUE).astype(np.uint8))
    scale = OVERLAY_SIDE / max(size)
    smaller = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    # A palette of one colour at 256 opacities needs a quarter of RGBA's uncompressed bytes.
    picture = opacities.resize(smaller, Image.Resampling.BICUBIC)
    picture.putpalette(COLOUR * 256)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=bytes(range(256)))
    return buffer.getvalue()
