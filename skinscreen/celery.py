"""The Celery application. Its settings begin with CELERY_ in `skinscreen.settings`."""

import gc
import os
import sys
from contextlib import suppress
from typing import Any

from celery import Celery, Task, signals
from celery.exceptions import OperationalError
from django.db import close_old_connections, connections
from django.dispatch import receiver
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep
from structlog.contextvars import bind_contextvars

from skinscreen.backends import open_transactions
from skinscreen.run import heap, kombu_credit
from skinscreen.run.shutdown_limit import ShutdownLimit

# Gives a worker a third of a web process's CPU weight. Near 19, a busy machine would starve tasks
# that hold locks.
NICENESS = 5

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinscreen.settings")

kombu_credit.install()
app = Celery("skinscreen")
app.config_from_object("django.conf:settings", namespace="CELERY")
# By default, Celery reconnects to the database for each task, which takes longer than most of the
# task's statements. Here connections are kept as in web processes (see `end_old_connections`).
app.add_defaults(lambda: {"CELERY_DB_REUSE_MAX": sys.maxsize})
app.autodiscover_tasks()
app.steps["worker"].update((DjangoStructLogInitStep, ShutdownLimit))


@signals.setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Keep Django's logging. Celery configures none of its own if this signal has a receiver."""


@signals.worker_init.connect
def load_what_tasks_use(**_: Any) -> None:
    """Import modules and load the networks before the fork, so that children share the memory.

    Importing during a task is no alternative: if a time limit interrupts an import, the module
    stays broken. The objects are frozen, since a garbage collection in a child would write to
    them, and so copy their memory.
    """
    import ml.features.registration.growth
    import ml.segmentation.outliner
    import ml.serving.classifier  # noqa: F401
    from diagnosis.measurement import analysis

    try:
        analysis.load_networks()
    finally:
        # A child must not use a connection of its parent.
        connections.close_all()
        gc.collect()
        heap.trim()
        gc.freeze()


@signals.worker_process_init.connect
def lower_priority(**_: Any) -> None:
    """Let the web processes go first, so that uploads and pages stay quick under load (ADR 1)."""
    os.nice(NICENESS)


@signals.task_prerun.connect
def end_old_connections(**_: Any) -> None:
    """Close old connections, and have the next statement replace a broken connection."""
    close_old_connections()


@signals.task_postrun.connect
def end_open_transactions(sender: Task, **_: Any) -> None:
    """Close open transactions after a task. An eager task may be in its caller's transaction."""
    if not sender.request.is_eager:
        open_transactions.close()


@signals.task_postrun.connect
def forget_views(**_: Any) -> None:
    """Drop decrypted photos after each task, since their owner may delete them at any time."""
    from diagnosis.photos import renditions

    renditions.forget_views()


@signals.worker_ready.connect
def warn_of_open_decoder(**_: Any) -> None:
    from diagnosis.decoder import confinement

    confinement.warn()


@signals.worker_ready.connect
def ask_for_heartbeat(**_: Any) -> None:
    """Send the heartbeat task now, so that `/readyz` need not wait until beat sends it."""
    from django.conf import settings

    entry: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE["ask every worker for a heartbeat"]
    # If the broker is unavailable, beat sends the task later.
    with suppress(OperationalError):
        app.send_task(entry["task"], **entry["options"])


@receiver(bind_extra_task_metadata)
def name_task(task: Task, **_: Any) -> None:
    bind_contextvars(task=task.name)
