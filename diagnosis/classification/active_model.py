"""Chooses the model that reads photos, and loads it, or another version by its name.

The choice of an administrator is stored by `model_registry.py`.
"""

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
    """Return the folder that SKINSCREEN_MODEL_DIR sets, or the shipped model's folder."""
    return Path(settings.MODEL_DIR or DEFAULT_MODEL)


def active_folder() -> tuple[Path, str]:
    """Return the active model's folder, and its card's checksum ("" if unknown)."""
    active = None if settings.MODEL_DIR else ModelVersion.objects.active().first()
    return (active.folder, active.card_sha256) if active else (model_dir(), "")


def classifier() -> "Classifier":
    """Return the active model. Each call looks up the active version: a switch needs no restart."""
    try:
        return load(*active_folder())
    except ModelError:
        if not _replace_outdated():
            raise
    return load(*active_folder())


def _replace_outdated() -> bool:
    """Let the shipped model replace an active model of an earlier release or without tiers.

    Return whether the active model was outdated. Without a replacement, photos would wait after an
    upgrade until somebody chooses another model.
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
            logger.warning("%s is no longer shipped, or has no tiers: %s replaces it", active, name)
    return True


def _is_outdated(version: ModelVersion) -> bool:
    if (LINEAGE / f"{version}.json").is_file():
        return True
    with suppress(ModelError):
        return not card_files.read(version.folder).kinds
    return False


def classifier_named(version: str) -> "Classifier | None":
    """Return the model of a version, or None if that version can no longer be served.

    Raises:
        ModelError: the active model cannot be served.
    """
    model = classifier()
    if model.card.version != version:
        with suppress(ModelError):
            model = load(model_folders.folder_of(version))
    return model if model.card.version == version else None


# Holds the active model and the shadow model.
@lru_cache(maxsize=2)
def load(folder: Path, digest: str = "") -> "Classifier":
    """Load a model once. The worker's children share it if it was loaded before the fork."""
    # Imported here, so that web processes do not load the inference runtime.
    from ml.serving.classifier import Classifier

    model_folders.read(folder, digest)
    return Classifier.load(folder)
