from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from diagnosis.models.querysets.times import now_plus


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def fresh(self) -> Self:
        """Of workers that are alive: a few may be missed while all children are busy."""
        return self.filter(beat_at__gte=now_plus(-4 * settings.HEARTBEAT))

    def forgotten(self) -> Self:
        """Of hosts that are gone for good."""
        return self.filter(beat_at__lt=now_plus(-timedelta(days=1)))


class Heartbeat(models.Model):
    """When a host's worker last did what beat asked it to, and the model it had loaded then."""

    worker = models.CharField(max_length=255, unique=True)
    # Empty where no model can be loaded.
    model_version = models.CharField(max_length=64, blank=True)
    beat_at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["worker"]

    def __str__(self) -> str:
        return self.worker
