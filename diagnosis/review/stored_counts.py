"""The counts of all photos, stored once an hour: counting 100,000 takes over a second."""

from datetime import date
from typing import Final

from django.core.cache import cache
from django.utils import timezone

from diagnosis.models import Screening
from diagnosis.review import reader_counts
from diagnosis.review.reader_counts import Biopsied, Counts, Reading

# A change of the stored format needs another key.
KEY: Final = "counts of all photos, format 1"
# With fewer photos, counting is so fast that figures need not be up to an hour old.
STORED_FROM: Final = 20_000
# Twice the time between two runs of the task, since a run may be late.
SECONDS: Final = 2 * 3600


def of(*, since: date | None, until: date | None) -> Counts:
    """Return the counts of a period. The counts of all photos may be two hours old."""
    if since is None and until is None and (stored := cache.get(KEY)):
        readings, biopsied = (map(Reading._make, stored[2]), map(Biopsied._make, stored[3]))
        return Counts(stored[0], stored[1], [*readings], [*biopsied], stored[4])
    return reader_counts.of(Screening.objects.sent(since=since, until=until))


def refresh() -> None:
    if Screening.objects.count() < STORED_FROM:
        cache.delete(KEY)
        return
    counted_at = timezone.now()
    new = reader_counts.of(Screening.objects.all())
    # Plain tuples, which a later release can read, too.
    rows = ([tuple(row) for row in new.readings], [tuple(row) for row in new.biopsied])
    cache.set(KEY, (new.statuses, new.refusals, *rows, counted_at), SECONDS)
