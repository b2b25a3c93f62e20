"""What operators need to know: which workers are alive, and whether their tasks succeeded."""

from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from skinscreen.backends.times import now_plus


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def fresh(self) -> Self:
        """Workers that are alive. Busy child processes may skip a few heartbeats."""
        return self.filter(beat_at__gte=now_plus(-4 * settings.HEARTBEAT))

    def forgotten(self) -> Self:
        """Workers without a heartbeat for a day, as on hosts that were removed."""
        return self.filter(beat_at__lt=now_plus(-timedelta(days=1)))


class Heartbeat(models.Model):
    """When a host's worker last ran the heartbeat task, and which model it had loaded."""

    worker = models.CharField(max_length=255, unique=True)
    # Empty if no model can be loaded.
    model_version = models.CharField(max_length=64, blank=True)
    beat_at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["worker"]

    def __str__(self) -> str:
        return self.worker


class Upkeep(models.Model):
    """When an operator's task last succeeded, and whether it has failed since."""

    class Task(models.TextChoices):
        BACKUP = "backup"
        RESTORE_DRILL = "restore_drill"

    task = models.CharField(max_length=32, choices=Task, unique=True)
    succeeded_at = models.DateTimeField(null=True)
    is_failing = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["task"]

    def __str__(self) -> str:
        return self.task
