"""What the operator's timers do, recorded where the metrics find it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError
from django.db.models.functions import Now

from diagnosis.models import Upkeep


@contextmanager
def recorded(task: Upkeep.Task) -> Iterator[None]:
    """Record that a task went well, or that it failed."""
    try:
        yield
    except BaseException:
        # The reason may be the database itself, and is what has to be told.
        with suppress(DatabaseError):
            Upkeep.objects.update_or_create(task=task, defaults={"is_failing": True})
        raise
    Upkeep.objects.update_or_create(
        task=task, defaults={"succeeded_at": Now(), "is_failing": False}
    )
