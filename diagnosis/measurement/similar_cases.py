"""Training lesions that the model finds similar to a photo, if an index is installed."""

import logging
from pathlib import Path

import numpy as np
from django.conf import settings

from diagnosis.models import Screening
from ml.errors import OperatorError
from ml.serving import similar_lesions
from ml.serving.similar_lesions import Similar

logger = logging.getLogger("diagnosis.similar_cases")


def of(screening: Screening) -> list[str]:
    """Return the diagnoses of similar cases, the most similar first."""
    return [case.diagnosis.text for case in _nearest(screening)]


def thumbnail(screening: Screening, place: int) -> Path | None:
    """Return the path of a similar case's picture, or None if there is none."""
    for case in _nearest(screening)[place : place + 1]:
        path = Path(settings.SIMILAR_DIR) / similar_lesions.THUMBNAILS / f"{case.image_id}.jpg"
        return path if path.is_file() else None
    return None


def _nearest(screening: Screening) -> list[Similar]:
    measurement = screening.measurement if settings.SIMILAR_DIR else None
    if measurement is None or not measurement.embedding:
        return []
    embedding = np.frombuffer(measurement.embedding, np.float16).astype(np.float32)
    try:
        return similar_lesions.nearest(
            embedding, Path(settings.SIMILAR_DIR), version=measurement.map_version
        )
    except OperatorError as error:
        logger.warning("similar cases cannot be shown: %s", error)
        return []
