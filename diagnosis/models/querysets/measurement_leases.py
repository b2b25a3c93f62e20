"""Who measures a photo, once it has its result."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Exists, F, OuterRef, Value, When
from django.db.models.functions import Now

from diagnosis.models.choices import Status
from diagnosis.models.querysets.leases import LeasedQuerySet
from diagnosis.models.querysets.times import now_plus

if TYPE_CHECKING:
    from diagnosis.models import Screening


class MeasuredQuerySet(LeasedQuerySet):
    def unmeasured_by(self, version: str) -> Self:
        """Those with a result that a version of what measures has not measured."""
        from diagnosis.models.measurement import Measurement

        measured = Measurement.objects.filter(screening=OuterRef("pk"), version=version)
        return self.filter(~Exists(measured), status=Status.DONE)

    def to_measure(self) -> Self:
        """Those that are due, and that nobody measures now."""
        return self.filter(measure_at__lte=Now())

    def neighbours(self, *moments: "Screening") -> Self:
        """Photos themselves, and of the same spot the next one after each, read and measured."""
        from diagnosis.models.screening import Screening

        later = Screening.objects.done().filter(measurements__isnull=False)
        keys = {one.pk for one in moments}
        for one in moments:
            after = later.filter(lesion=one.lesion_id, created_at__gt=one.created_at)
            keys.update(after.order_by("created_at").values_list("pk", flat=True)[:1])
        return self.filter(pk__in=keys, status=Status.DONE)

    def register_again(self) -> int:
        """Have photos laid over the photos before them once more.

        A worker that has one now holds it no longer: the next attempt has another number.
        """
        is_held = When(
            measure_at__isnull=False,
            measure_attempts__lt=settings.MAX_ATTEMPTS,
            then=F("measure_attempts"),
        )
        return self.update(measure_at=Now(), measure_attempts=Case(is_held, default=Value(0)))

    def claim_measuring(self, pk: UUID) -> "Screening | None":
        """Take the lease on measuring a photo, or return None where that is not to be done."""
        due = self.to_measure().filter(pk=pk, measure_attempts__lt=settings.MAX_ATTEMPTS)
        attempt = {"measure_attempts": F("measure_attempts") + 1}
        is_ours = due.update(measure_at=now_plus(settings.LEASE), **attempt)
        return self.filter(pk=pk).first() if is_ours else None

    def held_for_measuring(self, screening: "Screening") -> Self:
        """The screening, if the attempt that claimed it still holds it."""
        attempt = {"measure_attempts": screening.measure_attempts}
        return self.filter(pk=screening.pk, measure_at__isnull=False, **attempt)
