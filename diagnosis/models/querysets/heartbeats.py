from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from diagnosis.models.querysets.times import now_plus

if TYPE_CHECKING:
    # ruff does not see the names in the strings of base classes.
    from diagnosis.models import Heartbeat  # noqa: F401


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def fresh(self) -> Self:
        """Of workers that are alive: a few may be missed while all children are busy."""
        return self.filter(beat_at__gte=now_plus(-4 * settings.HEARTBEAT))

    def forgotten(self) -> Self:
        """Of hosts that are gone for good."""
        return self.filter(beat_at__lt=now_plus(-timedelta(days=1)))
