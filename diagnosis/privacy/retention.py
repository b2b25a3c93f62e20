"""Deletes photos that could not be read, some time after they were refused.

`deletion.py` deletes a photo with everything derived from it, immediately if the person asks.
`skinscreen/settings/retention_periods.py` sets the time.
"""

import logging

from django.conf import settings

from diagnosis.models import Screening
from diagnosis.models.querysets.times import now_plus
from diagnosis.privacy.deletion import delete_screening

logger = logging.getLogger("diagnosis.retention")

# At most this many a run: a task has 18 s, and the next run continues.
BATCH = 200


def purge() -> None:
    """Delete refused photos whose time is over by the database's clock. Audit each."""
    limit = now_plus(-settings.KEEP_REFUSED)
    for screening in Screening.objects.refused_before(limit).unused()[:BATCH]:
        delete_screening(screening, reason="refused", kept_days=settings.KEEP_REFUSED.days)
        logger.info("screening %s: refused, and deleted after its time", screening.pk)
