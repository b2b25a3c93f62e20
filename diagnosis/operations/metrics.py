"""Metrics for Prometheus. Most are counted in the database on request, so they cover all hosts.

People may delete photos, so counts may fall. Counts are therefore gauges, of the present or of the
last hour. The durations of requests are not in the database: each web process writes them to files
of its own.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, DurationField, ExpressionWrapper, F, Min, Q, Sum
from django.db.models.functions import Now
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.models import WaitingMail
from diagnosis.audit.verification import MOST_FAULTS
from diagnosis.models import AuditCheck, Heartbeat, Screening, Upkeep
from diagnosis.models.choices import RefusalReason, Status
from skinscreen.backends.times import now_plus

WINDOW: Final = timedelta(hours=1)
OUTCOMES: Final = (Status.DONE, Status.REFUSED, Status.FAILED)
WAITING: Final = (Status.PENDING, Status.RUNNING)
BOUNDS_SECONDS: Final = (0.5, 1, 2, 5, 10, 30, 60, 300, 1800)


def exposition() -> bytes:
    """Return all metrics in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(DatabaseCollector())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


class DatabaseCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        recent = Screening.objects.filter(finished_at__gte=now_plus(-WINDOW))
        yield from chain(_queue(), _outcomes(recent), _heartbeats(), _audit(), _upkeep())
        yield _mail()
        yield _disk()
        yield _latency(recent.done())


def _queue() -> Iterator[Metric]:
    waiting = Screening.objects.filter(status__in=WAITING).order_by()
    rows = waiting.values_list("status").annotate(n=Count("pk"), age=_age("created_at"))
    by_status = {status: (number, age) for status, number, age in rows}
    depth = GaugeMetricFamily(
        "skinscreen_queue_depth", "Photos without an outcome yet.", labels=["status"]
    )
    oldest = GaugeMetricFamily(
        "skinscreen_queue_oldest_seconds",
        "Seconds since the oldest waiting photo was sent.",
        labels=["status"],
    )
    for status in WAITING:
        number, age = by_status.get(status, (0, None))
        depth.add_metric([status], number)
        oldest.add_metric([status], _seconds(age))
    yield depth
    yield oldest


def _outcomes(recent: Any) -> Iterator[Metric]:
    rows = recent.order_by().values_list("status", "refusal").annotate(n=Count("pk"))
    counts = {(status, reason): number for status, reason, number in rows}
    outcomes = GaugeMetricFamily(
        "skinscreen_recent_outcomes", "What became of photos in the last hour.", labels=["outcome"]
    )
    for outcome in OUTCOMES:
        outcomes.add_metric(
            [outcome], sum(n for (status, _), n in counts.items() if status == outcome)
        )
    refusals = GaugeMetricFamily(
        "skinscreen_recent_refusals", "Refusals in the last hour.", labels=["reason"]
    )
    for reason in RefusalReason.values:
        refusals.add_metric([reason], counts.get((Status.REFUSED, reason), 0))
    yield outcomes
    yield refusals


def _latency(done: Any) -> Metric:
    took = ExpressionWrapper(F("finished_at") - F("created_at"), output_field=DurationField())
    bounds = {
        f"le_{number}": Count("pk", filter=Q(took__lte=timedelta(seconds=bound)))
        for number, bound in enumerate(BOUNDS_SECONDS)
    }
    totals = done.order_by().annotate(took=took).aggregate(n=Count("pk"), sum=Sum("took"), **bounds)
    buckets = [(str(float(b)), totals[f"le_{n}"]) for n, b in enumerate(BOUNDS_SECONDS)]
    return GaugeHistogramMetricFamily(
        "skinscreen_recent_latency_seconds",
        "From sending a photo to its result, for results of the last hour.",
        buckets=[*buckets, ("+Inf", totals["n"])],
        gsum_value=_seconds(totals["sum"]),
    )


def _heartbeats() -> Iterator[Metric]:
    ages = GaugeMetricFamily(
        "skinscreen_worker_heartbeat_age_seconds",
        "Seconds since a worker last ran the heartbeat task.",
        labels=["worker", "model"],
    )
    rows = Heartbeat.objects.order_by("worker").values_list("worker", "model_version")
    for worker, model, age in rows.annotate(age=_age("beat_at")):
        ages.add_metric([worker, model], _seconds(age))
    yield ages


def _audit() -> Iterator[Metric]:
    """The result of the last daily check of the audit trail; nothing before the first check."""
    for check in AuditCheck.objects.all():
        for name, words, value in (
            (
                "skinscreen_audit_faults",
                "Faults in the audit trail, such as a changed entry or a gap of missing entries: "
                f"at most {MOST_FAULTS}.",
                check.faults,
            ),
            ("skinscreen_audit_unchecked", "Entries whose key was missing.", check.unchecked),
            (
                "skinscreen_audit_checked_timestamp_seconds",
                "When the audit trail was last checked.",
                check.at.timestamp(),
            ),
        ):
            yield GaugeMetricFamily(name, words, value=value)


def _upkeep() -> Iterator[Metric]:
    ages = GaugeMetricFamily(
        "skinscreen_upkeep_age_seconds",
        "Seconds since an operator's task last succeeded.",
        labels=["task"],
    )
    failing = GaugeMetricFamily(
        "skinscreen_upkeep_failing", "Whether the task's last run failed.", labels=["task"]
    )
    rows = Upkeep.objects.order_by("task").values_list("task", "is_failing")
    for task, is_failing, age in rows.annotate(age=_age("succeeded_at")):
        failing.add_metric([task], is_failing)
        if age is not None:
            ages.add_metric([task], _seconds(age))
    yield ages
    yield failing


def _mail() -> Metric:
    oldest = WaitingMail.objects.aggregate(age=_age("created_at"))["age"]
    return GaugeMetricFamily(
        "skinscreen_mail_oldest_seconds",
        "Seconds since the oldest unsent mail was written.",
        _seconds(oldest),
    )


def _disk() -> Metric:
    free = shutil.disk_usage(settings.HOME).free
    return GaugeMetricFamily(
        "skinscreen_disk_free_bytes",
        "Free bytes on the disk of this machine's SKINSCREEN_HOME.",
        value=free,
    )


def _age(field: str) -> ExpressionWrapper:
    return ExpressionWrapper(Now() - Min(field), output_field=DurationField())


def _seconds(duration: timedelta | None) -> float:
    return duration.total_seconds() if duration else 0.0
