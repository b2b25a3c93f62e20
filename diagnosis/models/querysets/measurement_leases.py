"""Leases for measuring photos that have a result."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Now

from diagnosis.models.choices import Status
from diagnosis.models.querysets.leases import LeasedQuerySet
from skinscreen.backends.times import now_plus

if TYPE_CHECKING:
    from diagnosis.models import Screening

# How long a page polls for figures. This is enough for a queue of a few hundred photos.
MEASURED_WITHIN: Final = timedelta(minutes=2)


class MeasuredQuerySet(LeasedQuerySet):
    def unmeasured_by(self, version: str) -> Self:
        """Screenings with a result that this version has not measured."""
        from diagnosis.models.measurement import Measurement

        measured = Measurement.objects.filter(screening=OuterRef("pk"), version=version)
        return self.filter(~Exists(measured), status=Status.DONE)

    def to_measure(self) -> Self:
        """Screenings that are due, and that no worker is measuring."""
        return self.filter(measure_at__lte=Now())

    def measured_soon(self) -> Self:
        """Screenings whose figures a page waits for (see `is_being_measured`)."""
        finished = {"finished_at__gt": now_plus(-MEASURED_WITHIN)}
        return self.filter(measure_at__isnull=False, measurements=None, **finished)

    def neighbours(self, *screenings: "Screening") -> Self:
        """The given photos and those that may be registered to them, if they have a result."""
        keys = {screening.pk for screening in screenings}
        for screening in screenings:
            keys.update(self.next_measured(screening).values_list("pk", flat=True))
        return self.filter(pk__in=keys, status=Status.DONE)

    def next_measured(self, screening: "Screening") -> Self:
        """The next measured photo of the same lesion, and the next that is due or being measured.

        A worker may already be registering the latter to a photo that is no longer its predecessor.
        """
        lesion = self.filter(status=Status.DONE, lesion=screening.lesion_id)
        later = lesion.filter(created_at__gt=screening.created_at).order_by("created_at")
        measured = later.filter(measurements__isnull=False).values("pk")[:1]
        due = later.filter(measure_at__isnull=False).values("pk")[:1]
        return later.filter(Q(pk__in=measured) | Q(pk__in=due))

    def register_again(self) -> int:
        """Mark photos to be registered to their predecessors again.

        A worker that is measuring such a photo loses its lease.
        """
        keep_attempts = When(
            measure_at__isnull=False,
            measure_attempts__lt=settings.MAX_ATTEMPTS,
            then=F("measure_attempts"),
        )
        return self.update(measure_at=Now(), measure_attempts=Case(keep_attempts, default=Value(0)))

    def claim_measuring(self, pk: UUID) -> "Screening | None":
        """Take the lease on measuring a photo. None if it is not due, or no attempt is left."""
        due = self.to_measure().filter(pk=pk, measure_attempts__lt=settings.MAX_ATTEMPTS)
        attempt = {"measure_attempts": F("measure_attempts") + 1}
        is_ours = due.update(measure_at=now_plus(settings.LEASE), **attempt)
        return self.filter(pk=pk).first() if is_ours else None

    def held_for_measuring(self, screening: "Screening") -> Self:
        """The screening, if the attempt that claimed it still holds the lease."""
        lease = {
            "measure_at": screening.measure_at,
            "measure_attempts": screening.measure_attempts,
        }
        return self.filter(pk=screening.pk, measure_at__isnull=False, **lease)
