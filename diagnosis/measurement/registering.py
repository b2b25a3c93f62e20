"""Registers (aligns) a photo to the spot's previous photo, and compares the spot's areas."""

import logging
from typing import TYPE_CHECKING

import numpy as np
from django.db.models.fields.files import FieldFile
from django.db.models.functions import Now
from PIL import Image

from diagnosis.audit import trail
from diagnosis.classification import queue_order
from diagnosis.models import AuditEntry, Measurement, Notice, Registration, Screening
from diagnosis.photos import photo_decoder
from diagnosis.rules.urgency import RANK, Urgency
from ml.preprocessing.images import ImageError

if TYPE_CHECKING:
    from ml.features.registration.growth import Growth

logger = logging.getLogger("diagnosis.measuring")

Fault = Registration.Fault


def register(screening: Screening, measurement: Measurement) -> Registration | None:
    """Return a new, unsaved registration to the previous photo.

    None if `before_of` finds no measurement.

    If both photos have a marked scale, the areas are compared by their scales, which works even if
    the skin does not match.

    Raises:
        FileNotFoundError, ImageError: a photo that is needed cannot be read, which says nothing
            about the spot.
    """
    before = before_of(screening, measurement.version)
    if before is None:
        return None
    registration = Registration(
        screening=screening, before=before.screening, version=measurement.version[:64]
    )
    try:
        growth = _growth(registration, measurement, before)
    except ImageError:  # a ValueError
        raise
    except (ArithmeticError, ValueError):
        # The outline has no area, or the landmarks lie on one line. The measurement is kept.
        logger.exception("screening %s: not registered to the previous photo", screening.pk)
        registration.fault, registration.transform, growth = Fault.UNSURE, [], None
    if growth:
        registration.ratio, registration.low, registration.high = growth
    return registration


def before_of(screening: Screening, version: str) -> Measurement | None:
    """Return the measurement of the previous photo with a result, if `version` made it.

    Measurements by different versions (`analysis.version`) cannot be compared: their outlines
    differ more than the outlines of two photos of an unchanged lesion.
    """
    photo = screening.earlier.done().values_list("pk", flat=True).first()
    measured = Measurement.objects.filter(screening=photo, version=version)
    return measured.select_related("screening").first() if photo else None


def store(screening: Screening, registration: Registration | None, *, version: str) -> None:
    """Store a registration in place of the earlier one, and update the result."""
    screening.registrations.all().delete()
    if registration:
        registration.save(force_insert=True)
    has_grown = bool(registration and registration.shows_growth)
    if has_grown != screening.has_grown:
        _update_result(screening, has_grown=has_grown, version=version)


def _update_result(screening: Screening, *, has_grown: bool, version: str) -> None:
    """Set whether the spot has grown. Update the photo's place in the queue, and plan mails.

    The person gets a mail about a more urgent result. If they do not open an urgent result, another
    mail follows.
    """
    row = Screening.objects.filter(pk=screening.pk)
    # Loaded again, since answers and readings may have come while the photo was measured.
    before = row.with_outcome().get().decision.urgency
    row.update(has_grown=has_grown, grown_at=Now() if has_grown else None)
    # Loaded with the database's `grown_at`, since readings are dated by the database's clock, too.
    current = row.with_outcome().get()
    is_raised = RANK[current.decision.urgency] > RANK[before]
    if is_raised:
        row.update(raised_at=Now(), raise_mailed_at=None)
    queue_order.update_place(current)
    if is_raised and current.decision.urgency is Urgency.URGENT:
        Notice.objects.note_urgent(current)
    elif not has_grown:
        Notice.objects.note_calmed(current)
    # The audit entry outlives the photo, so it does not say whether the spot has grown.
    trail.record(AuditEntry.Action.RESULT, current, measurement=version, growth="changed")


def _square_mm(measurement: Measurement, screening: Screening) -> float:
    from ml.features.registration.growth import area

    pixels = np.array(measurement.outline) * (screening.width, screening.height)
    return area(pixels) * (screening.mm_per_px or 0) ** 2


def _growth(
    registration: Registration, measurement: Measurement, before: Measurement
) -> "Growth | None":
    # Imported here, since web processes import this file but do not register photos.
    from ml.features.registration.growth import by_scale

    now, then = registration.screening, registration.before
    if now.capture != then.capture:
        registration.fault = Fault.OTHER_KIND
    elif not (measurement.outline and before.outline):
        registration.fault = Fault.NO_OUTLINE
    if registration.fault:
        return None
    has_scales = bool(now.mm_per_px and then.mm_per_px)
    try:
        by_skin = _by_skin(registration, measurement, before)
    except (FileNotFoundError, ImageError):
        if not has_scales:
            raise
        by_skin = None
    if has_scales:
        return by_scale(_square_mm(before, then), _square_mm(measurement, now))
    if by_skin is None:
        registration.fault = Fault.UNSURE
    return by_skin


def _by_skin(
    registration: Registration, measurement: Measurement, before: Measurement
) -> "Growth | None":
    """Register the photos by landmarks of the skin. None if that is not reliable."""
    from ml.features.registration import alignment, growth, skin

    pair = (registration.before, before), (registration.screening, measurement)
    try:
        first, second = (
            skin.find_landmarks(_reduced(screening.photo), np.array(measured.outline))
            for screening, measured in pair
        )
        aligned = alignment.align(first, second)
    except alignment.UnsureError:
        return None
    sizes = [(screening.width, screening.height) for screening, _ in pair]
    registration.transform = alignment.in_pixels(aligned, (first, second), sizes)
    return growth.by_skin(first, second, aligned)


def _reduced(photo: FieldFile) -> Image.Image:
    with photo.open("rb") as opened:
        return photo_decoder.reduce(opened)
