"""Measures a photo after its result is stored, so that a failure here cannot affect the result."""

import logging
from datetime import timedelta
from functools import partial
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from diagnosis.audit import trail
from diagnosis.classification import active_model, inference, queue
from diagnosis.classification.inference import LeaseLostError
from diagnosis.measurement import analysis, registering
from diagnosis.models import AuditEntry, Measurement, Registration, Screening
from diagnosis.models.querysets.screenings import ScreeningQuerySet
from diagnosis.photos import outages, photo_files, renditions
from diagnosis.photos.outages import OutageError
from ml.preprocessing.images import ImageError
from ml.serving.card import ModelError
from skinscreen.backends.times import now_plus

logger = logging.getLogger("diagnosis.measuring")

# The time for a worker to claim a measurement after the result, or for a message to arrive.
GRACE = timedelta(seconds=1)


def run(pk: UUID) -> bool:
    """Claim a screening and measure its photo. Return whether the claim succeeded. Idempotent.

    After a failed attempt the lease expires, and the sweep finds the screening.
    """
    screening = Screening.objects.claim_measuring(pk)
    if screening is None:
        return False
    held = Screening.objects.held_for_measuring(screening)
    try:
        with outages.translated():
            _measure_and_register(screening)
    except LeaseLostError:
        logger.warning("screening %s: deleted or taken over, nothing measured", pk)
    except (OutageError, ModelError) as error:
        held.update(measure_attempts=F("measure_attempts") - 1)
        logger.critical("photos wait to be measured: %s", error)
    except (FileNotFoundError, ImageError) as error:
        if inference.is_worth_another_try(error):
            raise
        held.update(measure_at=None)
        logger.warning("screening %s: its photo cannot be measured: %s", pk, error)
    return True


def _measure_and_register(screening: Screening) -> None:
    existing = screening.measurements.filter(version=analysis.version()).first()
    measurement, overlay = (existing, b"") if existing else measure(screening)
    try:
        registration = registering.register(screening, measurement)
    except (SoftTimeLimitExceeded, FileNotFoundError, ImageError):
        # The measurement is stored now, so that the next attempt only has to register the photo.
        # The earlier registration and its conclusion stay.
        if not existing:
            _store(screening, measurement, overlay, None, is_complete=False)
        raise
    _store(screening, measurement, overlay, registration)


def measure(screening: Screening) -> tuple[Measurement, bytes]:
    prediction = screening.prediction
    views = renditions.views_of(screening)
    model = active_model.classifier_named(prediction.model_version) if prediction else None
    return analysis.examine(views, model)


def _store(
    screening: Screening,
    measurement: Measurement,
    overlay: bytes,
    registration: Registration | None,
    *,
    is_complete: bool = True,
) -> None:
    is_new = measurement.pk is None
    if is_new:
        measurement.screening = screening
        measurement.overlay = photo_files.random_name("png") if overlay else ""
    with photo_files.stored_as(str(measurement.overlay), overlay), transaction.atomic():
        held = Screening.objects.held_for_measuring(screening)
        if not held.update(measure_at=None if is_complete else F("measure_at")):
            raise LeaseLostError
        if is_new:
            measurement.save(force_insert=True)
            # The next photo of the lesion is registered to this photo.
            register_again(Screening.objects.next_measured(screening))
        if registration or not is_new:
            registering.store(screening, registration, version=measurement.version)
        if is_new:
            trail.record(AuditEntry.Action.RESULT, screening, measurement=measurement.version)


def register_again(screenings: ScreeningQuerySet) -> None:
    """Plan new registrations of photos to their predecessors. Queue the photos after the commit."""
    keys = list(screenings.values_list("pk", flat=True))
    Screening.objects.filter(pk__in=keys).register_again()
    for pk in keys:
        transaction.on_commit(partial(queue.publish_measuring, pk), robust=True)


def measure_unmeasured(pk: UUID) -> bool:
    """Measure a photo that the current version has not measured. Return whether it was claimed.

    Another worker may have claimed the photo, or somebody may have deleted it.
    """
    due = Screening.objects.unmeasured_by(analysis.version()).exclude(measure_at__gt=Now())
    due.filter(pk=pk).update(measure_at=Now(), measure_attempts=0)
    return run(pk)


def sweep(most: int) -> list[UUID]:
    """Give up on photos whose attempts have all failed. Return the overdue photos."""
    due = Screening.objects.to_measure()
    due.filter(measure_attempts__gte=settings.MAX_ATTEMPTS).update(measure_at=None)
    return overdue(most)


def overdue(most: int) -> list[UUID]:
    """Return photos overdue by `GRACE`: postponed, failed, or with a lost message."""
    late = Screening.objects.filter(
        measure_at__lte=now_plus(-GRACE), measure_attempts__lt=settings.MAX_ATTEMPTS
    )
    return list(late.order_by("measure_at").values_list("pk", flat=True)[:most])
