from typing import ClassVar

from django.db import models

from diagnosis.models.querysets.heartbeats import HeartbeatQuerySet


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
