"""Sends messages to the workers, by the names of the tasks. The database says what is to be done.

A lost message costs only time, since the sweep finds the photo. The exception is a shadow message:
if it is lost, the photo lacks the shadow model's answer.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final
from uuid import UUID

from celery import current_app
from celery.exceptions import OperationalError
from structlog.contextvars import bind_contextvars

logger = logging.getLogger("diagnosis.tasks")

DIAGNOSE: Final = "diagnosis.tasks.diagnose_screening_task"
MEASURE: Final = "diagnosis.tasks.measure_screening_task"
SHADOW: Final = "diagnosis.tasks.shadow_screening_task"
# Measuring a photo, or classifying it in shadow, is not urgent, so the messages expire if they pile
# up. The sweep finds photos that are not measured.
EXPIRES_SECONDS: Final = 60

# One thread per process: a broker that hangs delays later messages, but never a request.
publisher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publisher")


def publish(pk: UUID) -> None:
    """Queue a screening from a background thread. The message carries the request's id."""
    bind_contextvars(screening_id=str(pk))
    sending = publisher.submit(copy_context().run, publish_now, pk)
    sending.add_done_callback(partial(_log_failure, pk))


def _log_failure(pk: UUID, sending: Future[None]) -> None:
    if error := sending.exception():
        logger.warning("screening %s: not queued now, the sweep will do it: %s", pk, error)


def publish_now(pk: UUID) -> None:
    current_app.send_task(DIAGNOSE, (str(pk),))


def publish_measuring(pk: UUID) -> None:
    try:
        current_app.send_task(MEASURE, (str(pk),), expires=EXPIRES_SECONDS)
    except OperationalError as error:
        logger.warning("screening %s: not measured now, the sweep will do it: %s", pk, error)


def publish_shadow(pk: UUID) -> None:
    try:
        current_app.send_task(SHADOW, (str(pk),), expires=EXPIRES_SECONDS)
    except OperationalError as error:
        logger.warning("screening %s: not read in shadow: %s", pk, error)
