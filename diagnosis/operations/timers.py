"""Records whether the operator's scheduled tasks succeed, for the metrics."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError
from django.db.models.functions import Now

from diagnosis.models import Upkeep


@contextmanager
def recorded(task: Upkeep.Task) -> Iterator[None]:
    """Record whether a task succeeded or failed."""
    try:
        yield
    except BaseException:
        # Recording may fail for the same reason. Its error must not hide the task's error.
        with suppress(DatabaseError):
            Upkeep.objects.update_or_create(task=task, defaults={"is_failing": True})
        raise
    Upkeep.objects.update_or_create(
        task=task, defaults={"succeeded_at": Now(), "is_failing": False}
    )
