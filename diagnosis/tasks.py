"""Celery tasks. They take an id or nothing, and call functions. Celery looks for them here."""

from uuid import UUID

from celery import Task, shared_task
from structlog.contextvars import bind_contextvars

from diagnosis.audit import daily_check
from diagnosis.classification import inference, queue, rereading, shadow, sweep
from diagnosis.measurement import measuring
from diagnosis.models import ModelVersion, Screening
from diagnosis.operations import heartbeats
from diagnosis.photos import orphans
from diagnosis.privacy import retention
from diagnosis.reminders import notices, raised_results, reminders
from diagnosis.review import stored_counts

# About as many as two workers measure between two sweeps.
MEASURED_AT_ONCE = 100


@shared_task(ignore_result=True)
def diagnose_screening_task(pk: str) -> None:
    bind_contextvars(screening_id=pk)
    claimed = inference.run(UUID(pk))
    if claimed is None:
        return
    if ModelVersion.objects.shadowing().exists():
        queue.publish_shadow(claimed)
    _measure(claimed)


@shared_task(ignore_result=True)
def measure_screening_task(pk: str) -> None:
    bind_contextvars(screening_id=pk)
    _measure(UUID(pk))


def _measure(pk: UUID) -> None:
    """Measure a photo, then queue another photo that is overdue.

    Photos without a result come first, so nothing is measured while such a photo waits.
    """
    if Screening.objects.waiting().exists() or not measuring.run(pk):
        return
    for unmeasured in measuring.overdue(1):
        queue.publish_measuring(unmeasured)


# No photo may wait long behind a model whose results nobody sees, so slow runs are cut off.
@shared_task(ignore_result=True, soft_time_limit=5, time_limit=10)
def shadow_screening_task(pk: str) -> None:
    bind_contextvars(screening_id=pk)
    shadow.run(UUID(pk))


@shared_task(ignore_result=True)
def sweep_screenings_task() -> None:
    sweep.run()


@shared_task(bind=True, ignore_result=True)
def note_heartbeat_task(self: Task) -> None:
    heartbeats.note(str(self.request.hostname))


@shared_task(ignore_result=True)
def sweep_measurements_task() -> None:
    for pk in measuring.sweep(MEASURED_AT_ONCE):
        queue.publish_measuring(pk)


@shared_task(ignore_result=True)
def purge_photos_task() -> None:
    retention.purge()


@shared_task(ignore_result=True)
def count_readings_task() -> None:
    stored_counts.refresh()


# A bucket is listed by folders, each with a request for every 1,000 files.
@shared_task(ignore_result=True, soft_time_limit=100, time_limit=110)
def remove_orphans_task() -> None:
    orphans.remove()


# A million entries take under half a minute. The limit is below the broker's timeout.
@shared_task(ignore_result=True, soft_time_limit=100, time_limit=110)
def check_audit_trail_task() -> None:
    daily_check.run()


# Each kind of mail has its own task, so that a kind that fails or takes too long stops no other.
@shared_task(ignore_result=True)
def send_notices_task() -> None:
    notices.send()


@shared_task(ignore_result=True)
def send_raised_results_task() -> None:
    raised_results.send()


@shared_task(ignore_result=True)
def send_reminders_task() -> None:
    reminders.send()


# Among many photos, the database takes seconds to find those without a question.
@shared_task(ignore_result=True, soft_time_limit=100, time_limit=110)
def plan_visits_task() -> None:
    reminders.plan_visits()


@shared_task(ignore_result=True)
def reread_screenings_task() -> None:
    rereading.run()
