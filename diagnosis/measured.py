"""What a person or a clinician is told and shown of a photo's measurements."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser

from diagnosis import measured_texts as texts
from diagnosis.models import Measurement, Screening


@dataclass(frozen=True)
class Measured:
    """Text that is safe to show, and what is drawn over the photo."""

    measurement: Measurement | None = None
    is_busy: bool = False
    notes: tuple[str, ...] = ()
    map_notes: tuple[str, ...] = ()

    heading = texts.HEADING
    map_heading = texts.LOOKED
    map_label = texts.LOOKED_LABEL

    @property
    def is_drawn(self) -> bool:
        return self.has_map

    @property
    def has_map(self) -> bool:
        return bool(self.measurement and self.measurement.overlay)

    @property
    def is_shown(self) -> bool:
        return bool(self.notes)


def describe(screening: Screening) -> Measured:
    """Say what was measured in a photo, or why nothing was; nothing where no result is shown."""
    if screening.status != Screening.Status.DONE or screening.is_withheld:
        return Measured()
    if found := screening.measurement:
        return Measured(found, notes=(texts.NOTE,), map_notes=_map_notes(found))
    if screening.measure_at:
        is_busy = screening.is_being_measured
        return Measured(is_busy=is_busy, notes=(texts.BUSY if is_busy else texts.LATE,))
    return Measured(notes=(texts.FAILED,) if screening.measure_attempts else ())


def _map_notes(found: Measurement) -> tuple[str, ...]:
    if found.overlay:
        return (texts.LOOKED_MORE,)
    return (texts.LOOKED_NOWHERE,) if found.map_version else ()


def is_open_to(user: AbstractUser | AnonymousUser, screening: Screening) -> bool:
    """Whether somebody who may see the photo may see what was measured in it, too.

    The person once they may see the result; a clinician once they have said what they see.
    """
    if screening.owner_id == user.pk:
        return not screening.is_withheld
    return not settings.IS_BLIND_FIRST or screening.impressions.filter(formed_by=user.pk).exists()
