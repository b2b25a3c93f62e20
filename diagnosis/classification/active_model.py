"""The active model, loaded for classifying. It can also load a version by its name."""

import logging
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, ModelVersion
from diagnosis.models.classification import model_folders
from ml.paths import DEFAULT_MODEL, LINEAGE
from ml.serving import card_files
from ml.serving.card import ModelError

if TYPE_CHECKING:
    from ml.serving.classifier import Classifier

logger = logging.getLogger("diagnosis.inference")


def model_dir() -> Path:
    """Return the folder that is served if nobody has chosen another one in the admin."""
    return Path(settings.MODEL_DIR or DEFAULT_MODEL)


def answering() -> tuple[Path, str]:
    """Return the folder of the active model, and its card's checksum if it is known."""
    active = None if settings.MODEL_DIR else ModelVersion.objects.active().first()
    return (active.folder, active.card_sha256) if active else (model_dir(), "")


def classifier() -> "Classifier":
    """Return the active model.

    It is looked up for each photo, so that a switch needs no restart.
    """
    try:
        return load(*answering())
    except ModelError:
        if not _put_aside_outdated():
            raise
    return load(*answering())


def _put_aside_outdated() -> bool:
    """Make the shipped model active in place of a model that teaches no kind of photo.

    Otherwise photos would wait after an upgrade until somebody chooses another model.
    """
    active = None if settings.MODEL_DIR else ModelVersion.objects.active().first()
    if active is None or not _is_outdated(active):
        return False
    with transaction.atomic():
        idle = {"state": ModelVersion.State.IDLE, "replaced_at": Now()}
        if ModelVersion.objects.active().filter(pk=active.pk).update(**idle):
            trail.record(
                AuditEntry.Action.MODEL,
                active,
                model=active.version,
                state=ModelVersion.State.IDLE.value,
                why="outdated",
            )
            name = DEFAULT_MODEL.name
            logger.warning("%s is outdated, it has no tiers: %s answers in its place", active, name)
    return True


def _is_outdated(version: ModelVersion) -> bool:
    if (LINEAGE / f"{version}.json").is_file():
        return True
    with suppress(ModelError):
        return not card_files.read(version.folder).kinds
    return False


def classifier_named(version: str) -> "Classifier | None":
    """Return the model of a version, or None if it cannot be served here any more."""
    with suppress(ModelError):
        model = classifier()
        if model.card.version != version:
            model = load(model_folders.folder_of(version))
        return model if model.card.version == version else None
    return None


# The active model, and perhaps one in shadow.
@lru_cache(maxsize=2)
def load(folder: Path, digest: str = "") -> "Classifier":
    """Load a model once: before the worker forks if possible, so that its children share it.

    Imported here, since the web process only queues tasks and should not load the inference
    runtime.
    """
    from ml.serving.classifier import Classifier

    model_folders.read(folder, digest)
    return Classifier.load(folder)
