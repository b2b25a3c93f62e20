"""What operating needs to know: which workers are alive, and how its own tasks went."""

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


class Upkeep(models.Model):
    """When a task of the operator's last went well, and whether it failed since."""

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
