from typing import ClassVar

from django.db import models


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
