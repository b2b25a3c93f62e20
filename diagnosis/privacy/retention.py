"""Deletes refused photos after a period, which `skinscreen/settings/retention_periods.py` sets.

The deletion itself is in `deletion.py`, as for photos that a person deletes.
"""

import logging

from django.conf import settings

from diagnosis.models import Screening
from diagnosis.privacy.deletion import delete_screening
from skinscreen.backends.times import now_plus

logger = logging.getLogger("diagnosis.retention")

# The most photos in a run, since a task has 18 s. The next run continues.
BATCH = 200


def purge() -> None:
    """Delete refused photos whose period is over by the database's clock, with audit entries.

    Photos stay if they have a reading, or if their lesion has a biopsy or an open reminder.
    """
    limit = now_plus(-settings.KEEP_REFUSED)
    due, days = Screening.objects.refused_before(limit).unused(), settings.KEEP_REFUSED.days
    for screening in due[:BATCH]:
        if delete_screening(screening, among=due, reason="refused", kept_days=days):
            logger.info("screening %s: refused, and deleted after its time", screening.pk)
