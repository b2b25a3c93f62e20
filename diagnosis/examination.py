"""From a photo to what is stored of it: where the model looked."""

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from diagnosis.models import Measurement
from ml.card import ModelError

if TYPE_CHECKING:
    from ml.classifier import Classifier

# Of everything here that changes a figure or a drawing: with a new one, photos are measured anew.
VERSION = "1"

# Of the overlay: a hue that skin and lesions do not have, and how much of the photo it hides.
COLOUR = (0, 200, 255)
MOST_OPAQUE = 180
OVERLAY_SIDE = 240


def examine(image: Image.Image, model: "Classifier | None") -> tuple[Measurement, bytes]:
    """Return what an upright RGB photo shows, not yet stored, and the overlay's PNG.

    `model` is the one that answered about the photo. Without it there is no overlay.
    """
    measurement = Measurement(version=VERSION)
    places = _explain(image, model)
    if model is None or places is None:
        return measurement, b""
    measurement.map_version = model.card.version
    return measurement, overlay(places, image.size) if places.any() else b""


def _explain(image: Image.Image, model: "Classifier | None") -> np.ndarray | None:
    """Return where the model looked, or None where it cannot say."""
    try:
        return model.explain(image) if model else None
    except ModelError:
        return None


def overlay(places: np.ndarray, size: tuple[int, int]) -> bytes:
    """Return a map, (rows, columns) of shares, as a small PNG with a photo's proportions."""
    shares = Image.fromarray(np.rint(places * MOST_OPAQUE).astype(np.uint8))
    scale = OVERLAY_SIDE / max(size)
    smaller = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    picture = Image.new("RGBA", smaller, (*COLOUR, 0))
    picture.putalpha(shares.resize(smaller, Image.Resampling.BICUBIC))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
