"""The texts and drawings about a photo's measurements, for people and for clinicians."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser

from diagnosis.measurement import abcd_sentences, texts
from diagnosis.measurement.abcd_sentences import Letter
from diagnosis.models import Measurement, Screening


@dataclass(frozen=True)
class Description:
    """Texts for the page, and lines to draw over the photo, in the photo's pixels."""

    measurement: Measurement | None = None
    is_busy: bool = False
    notes: tuple[str, ...] = ()
    letters: tuple[Letter, ...] = ()
    changes: tuple[str, ...] = ()
    map_notes: tuple[str, ...] = ()
    outline: str = ""
    axes: tuple[tuple[float, ...], ...] = ()

    texts = texts

    @property
    def has_map(self) -> bool:
        return bool(self.measurement and self.measurement.overlay)

    @property
    def is_drawn(self) -> bool:
        return bool(self.outline) or self.has_map

    @property
    def is_shown(self) -> bool:
        return bool(self.notes)


def describe(screening: Screening) -> Description:
    """Describe a photo's measurements to the person; say nothing if no result is shown."""
    return _as_shown(screening, is_for_doctor=False)


def describe_in_report(screening: Screening) -> Description:
    """Describe a photo's measurements to the doctor who reads the report."""
    return _as_shown(screening, is_for_doctor=True)


def _as_shown(screening: Screening, *, is_for_doctor: bool) -> Description:
    if not _sees_tier(screening):
        return Description()
    if screening.is_being_measured and not screening.measurement:
        return Description(is_busy=True, notes=(str(texts.BUSY),))
    return _stored(screening, is_for_doctor=is_for_doctor)


def _sees_tier(screening: Screening) -> bool:
    """Whether the person sees a tier. Without a tier, figures would be mistaken for a result."""
    return not screening.no_tier_reason


def describe_to_clinician(screening: Screening) -> Description:
    """Describe a photo's measurements, or why they are missing although they were planned."""
    return _stored(screening, is_for_doctor=True)


def _stored(screening: Screening, *, is_for_doctor: bool) -> Description:
    if measurement := screening.measurement:
        return _describe(screening, measurement, is_for_doctor=is_for_doctor)
    if screening.measure_at:
        return Description(notes=(str(texts.LATE),))
    return Description(notes=(str(texts.FAILED),) if screening.measure_attempts else ())


def _describe(
    screening: Screening, measurement: Measurement, *, is_for_doctor: bool
) -> Description:
    return Description(
        measurement,
        notes=tuple(_notes(screening, measurement)),
        letters=tuple(abcd_sentences.letters(screening, measurement, is_for_doctor=is_for_doctor)),
        changes=tuple(map(str, abcd_sentences.changes(screening, measurement))),
        map_notes=tuple(_map_notes(measurement)),
        outline=" ".join(f"{x},{y}" for x, y in _pixels(screening, measurement.outline)),
        axes=tuple(
            tuple(place for point in _pixels(screening, axis) for place in point)
            for axis in measurement.axes
        ),
    )


def _pixels(screening: Screening, points: list[list[float]]) -> list[tuple[float, float]]:
    return [(round(x * screening.width, 1), round(y * screening.height, 1)) for x, y in points]


def _notes(screening: Screening, measurement: Measurement) -> list[str]:
    if measurement.fault:
        return [str(texts.FAULTS[measurement.fault])]
    is_dermoscopic = screening.capture == Screening.Capture.DERMATOSCOPE
    warnings = () if is_dermoscopic or not measurement.figures else (str(texts.OTHER_CAMERA),)
    return [str(texts.NOTE), *warnings]


def _map_notes(measurement: Measurement) -> list[str]:
    if not measurement.overlay:
        return [str(texts.LOOKED_NOWHERE)] if measurement.map_version else []
    inside = (
        "" if measurement.inside is None else texts.INSIDE.format(round(100 * measurement.inside))
    )
    return [f"{texts.LOOKED_MORE} {inside}".strip()]


def is_open_to(user: AbstractUser | AnonymousUser, screening: Screening) -> bool:
    """Whether somebody who may see the photo may also see its measurements.

    The person may see them with the result. A clinician may see them after their own impression.
    """
    if screening.owner_id == user.pk:
        return _sees_tier(screening)
    return not settings.IS_BLIND_FIRST or screening.impressions.filter(formed_by=user.pk).exists()
