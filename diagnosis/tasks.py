"""Celery tasks take an id and call one function; publishing never holds up a request."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from uuid import UUID

from celery import Task, shared_task
from celery.exceptions import OperationalError
from django.db.models.functions import Now
from structlog.contextvars import bind_contextvars

from diagnosis.audit import daily_check
from diagnosis.classification import inference, rereading, shadow
from diagnosis.measurement import measuring
from diagnosis.models import ModelVersion, Screening
from diagnosis.models.choices import FailureReason
from diagnosis.operations import heartbeats
from diagnosis.photos import orphans
from diagnosis.privacy import retention
from diagnosis.reminders import reminders

logger = logging.getLogger(__name__)

# As many as two workers measure between two sweeps, about.
MEASURED_AT_ONCE = 100

# One thread a process: a broker that hangs holds up later messages, never a request. What is
# not published is found by the sweep.
_publisher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publisher")


@shared_task(ignore_result=True)
def diagnose_screening_task(pk: str) -> None:
    bind_contextvars(screening_id=pk)
    read = inference.run(UUID(pk))
    if read is None:
        return
    _publish_measuring(read)
    if ModelVersion.objects.shadowing().exists():
        _publish_shadow(read)


# What is not measured now, the sweep brings back.
@shared_task(ignore_result=True, expires=60)
def measure_screening_task(pk: str) -> None:
    bind_contextvars(screening_id=pk)
    # Whoever waits for a result goes first.
    if not Screening.objects.waiting().exists():
        measuring.run(UUID(pk))


# No photo waits long behind a model that nobody sees: what is slow is cut off, what piles up
# is thrown away.
@shared_task(ignore_result=True, soft_time_limit=5, time_limit=10, expires=60)
def shadow_screening_task(pk: str) -> None:
    bind_contextvars(screening_id=pk)
    shadow.run(UUID(pk))


@shared_task(ignore_result=True)
def sweep_screenings_task() -> None:
    sweep()


@shared_task(bind=True, ignore_result=True)
def note_heartbeat_task(self: Task) -> None:
    heartbeats.note(str(self.request.hostname))


@shared_task(ignore_result=True)
def sweep_measurements_task() -> None:
    for pk in measuring.sweep(MEASURED_AT_ONCE):
        _publish_measuring(pk)


@shared_task(ignore_result=True)
def purge_photos_task() -> None:
    retention.purge()


@shared_task(ignore_result=True)
def remove_orphans_task() -> None:
    orphans.remove()


# A million entries take under half a minute; still less than the broker waits for an answer.
@shared_task(ignore_result=True, soft_time_limit=100, time_limit=110)
def check_audit_trail_task() -> None:
    daily_check.run()


@shared_task(ignore_result=True)
def send_reminders_task() -> None:
    reminders.plan_visits()
    reminders.send()
    rereading.send_mails()


@shared_task(ignore_result=True)
def reread_screenings_task() -> None:
    rereading.run()


def publish(pk: UUID) -> None:
    """Put a screening on the queue, from a background thread; the message names the request."""
    bind_contextvars(screening_id=str(pk))
    _publisher.submit(copy_context().run, _publish, pk).add_done_callback(partial(_log_failure, pk))


def _log_failure(pk: UUID, publishing: Future[None]) -> None:
    if error := publishing.exception():
        logger.warning("screening %s: not queued now, the sweep will do it: %s", pk, error)


def _publish(pk: UUID) -> None:
    diagnose_screening_task.apply_async((str(pk),))


def _publish_measuring(pk: UUID) -> None:
    try:
        measure_screening_task.apply_async((str(pk),))
    except OperationalError as error:
        logger.warning("screening %s: not measured now, the sweep will do it: %s", pk, error)


def _publish_shadow(pk: UUID) -> None:
    try:
        shadow_screening_task.apply_async((str(pk),))
    except OperationalError as error:
        logger.warning("screening %s: not read in shadow: %s", pk, error)


def sweep() -> None:
    """Queue again what a dead worker or a lost message left behind; fail it after the last try."""
    expired = Screening.objects.expired()
    expired.exhausted().fail(FailureReason.ATTEMPTS_EXHAUSTED)
    released = list(expired.retriable().values_list("pk", flat=True))
    Screening.objects.expired().filter(pk__in=released).release()
    forgotten = list(Screening.objects.forgotten().values_list("pk", flat=True))
    Screening.objects.filter(pk__in=forgotten).update(queued_at=Now())
    for pk in {*released, *forgotten}:
        _publish(pk)
