"""Leases: a photo is read by one worker at a time, and people take turns."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Max, Min
from django.db.models.functions import Now

from diagnosis.models.choices import Status
from skinscreen.backends.times import now_plus

if TYPE_CHECKING:
    from diagnosis.models import Screening


class LeasedQuerySet(models.QuerySet["Screening"]):
    def unfinished(self) -> Self:
        return self.filter(status__in=[Status.PENDING, Status.RUNNING])

    def expired(self) -> Self:
        """Running screenings whose lease has expired, because their worker is gone."""
        return self.filter(status=Status.RUNNING, lease_expires_at__lt=Now())

    def forgotten(self) -> Self:
        """Screenings that have been pending for so long that their message must be lost."""
        return self.filter(status=Status.PENDING, queued_at__lt=now_plus(-settings.LEASE))

    def next_turn(self, owner_id: object) -> int:
        """Return the round in which a person's next photo is read.

        A round has one photo per person. The new photo comes after the person's waiting photos, and
        not before the current round. So somebody new cannot overtake those who wait.
        """
        waiting = self.filter(status=Status.PENDING)
        first = waiting.aggregate(turn=Min("turn"))["turn"]
        last = waiting.filter(owner_id=owner_id).aggregate(turn=Max("turn"))["turn"]
        return max(first or 0, 0 if last is None else last + 1)

    @transaction.atomic
    def claim_next(self, pk: object) -> "Screening | None":
        """Take the lease on the screening whose turn it is, or return None if none is waiting.

        A message names `pk`, but it may be the turn of another screening. `pk` comes first only if
        it has no turn, as after a failed attempt. Rows that another worker is claiming at this
        moment are skipped.

        The returned object lacks the lease's expiry, which only the database knows.
        """
        free = self.select_for_update(skip_locked=True)
        failed = free.filter(pk=pk, status=Status.PENDING, turn=None)
        # `exists` reads no column, which is cheaper: most messages name a photo that has a turn.
        first = failed.first() if failed.exists() else None
        first = first or free.waiting().order_by("turn", "created_at").first()
        if first is None:
            return None
        first.status, first.attempts = Status.RUNNING, first.attempts + 1
        self.filter(pk=first.pk).update(
            status=first.status,
            attempts=first.attempts,
            lease_expires_at=now_plus(settings.LEASE),
        )
        return first

    def held(self, screening: "Screening") -> Self:
        """The screening, if the attempt that claimed it still holds the lease."""
        return self.filter(pk=screening.pk, status=Status.RUNNING, attempts=screening.attempts)

    def release(self, **fields: Any) -> int:
        """Return running screenings to the queue."""
        return self.update(status=Status.PENDING, lease_expires_at=None, queued_at=Now(), **fields)

    def release_without_turn(self) -> int:
        """Return running screenings to the queue without a turn.

        Only a message that names them can claim them, and the sweep sends it later. Otherwise one
        fault could use up all attempts within seconds.
        """
        return self.release(turn=None)

    def release_uncounted(self) -> int:
        """Return running screenings to the queue without a turn. This attempt does not count."""
        return self.release(turn=None, attempts=F("attempts") - 1)

    def succeed(self, *, readings_due: int, urgency: int) -> int:
        """Mark as done, and plan the measurement of the photo."""
        return self._finish(
            Status.DONE,
            readings_due=readings_due,
            urgency=urgency,
            measure_at=Now(),
            measure_attempts=0,
        )

    def refuse(self, reason: str) -> int:
        return self._finish(Status.REFUSED, refusal=reason)

    def fail(self, reason: str) -> int:
        return self._finish(Status.FAILED, failure=reason)

    def _finish(self, status: str, **fields: Any) -> int:
        return self.update(status=status, lease_expires_at=None, finished_at=Now(), **fields)

    def waiting(self) -> Self:
        """Screenings that a worker could read now."""
        return self.filter(status=Status.PENDING, turn__isnull=False)

    def exhausted(self) -> Self:
        return self.filter(attempts__gte=settings.MAX_ATTEMPTS)

    def retriable(self) -> Self:
        return self.filter(attempts__lt=settings.MAX_ATTEMPTS)
