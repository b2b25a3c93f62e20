"""Runs the shadow model. Only the comparison of models uses its answers."""

import logging
from uuid import UUID

from django.db import transaction

from diagnosis.audit import trail
from diagnosis.classification import active_model, inference
from diagnosis.models import AuditEntry, ModelVersion, Screening, ShadowPrediction
from diagnosis.photos.outages import OutageError
from ml.preprocessing.images import ImageError
from ml.serving.card import ModelError

logger = logging.getLogger("diagnosis.shadow")


def run(pk: UUID) -> None:
    """Let the shadow model, if there is one, read a photo that already has its result."""
    version = ModelVersion.objects.shadowing().first()
    if version is None:
        return
    try:
        for screening in Screening.objects.unread_by_model(version.version).filter(pk=pk):
            _read(screening, version)
    except (ModelError, ImageError, OSError, OutageError) as error:
        logger.warning("screening %s: not read in shadow by %s: %s", pk, version, error)


def _read(screening: Screening, version: ModelVersion) -> None:
    model = active_model.load(version.folder, version.card_sha256)
    outcome = inference.classify(screening, model)
    if outcome.refusal:
        return
    with transaction.atomic():
        # The photo may have been deleted meanwhile.
        if not Screening.objects.select_for_update().filter(pk=screening.pk).first():
            return
        ShadowPrediction.objects.create(
            screening=screening,
            model_version=version.version,
            **inference.fields_of(outcome),
        )
        trail.record(AuditEntry.Action.RESULT, screening, model=version.version, is_in_shadow=True)
