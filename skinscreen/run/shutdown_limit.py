"""Kills a worker whose shutdown hangs, so that supervisord or the container starts it again.

Celery shuts a worker down if the broker refuses to deliver, as the embedded broker does while the
disk is full. If a child's message was half read at that moment, Celery reads its rest as a new
message, and waits forever for a length that never arrives (docs/upstream/celery-shutdown.md).
"""

import logging
import os
from signal import SIGKILL
from threading import Timer
from typing import Any

from celery import bootsteps
from django.conf import settings

logger = logging.getLogger("skinscreen.worker")


class ShutdownLimit(bootsteps.StartStopStep):
    """Limits a worker's shutdown to the time of a lease.

    That is longer than any task but three (in `diagnosis/tasks.py`), which run again later.
    """

    def close(self, parent: Any) -> None:
        """Start the limit. Celery calls this for all steps before it stops the first."""
        limit = Timer(settings.LEASE.total_seconds(), kill)
        limit.daemon = True
        limit.start()


def kill() -> None:
    logger.critical("the worker did not shut down in time, and is killed")
    os.kill(os.getpid(), SIGKILL)
