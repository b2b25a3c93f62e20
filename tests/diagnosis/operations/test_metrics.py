import subprocess
import sys
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import WaitingMail
from diagnosis.audit import verification
from diagnosis.models import AuditCheck, Heartbeat, Screening, Upkeep
from diagnosis.operations import metrics

TOKEN = "a-token-of-at-least-thirty-two-characters"
MEASURE = """
from prometheus_client import Histogram
Histogram("skinscreen_request_seconds", "", ["page"]).labels("diagnosis:home").observe(0.2)
"""


@pytest.fixture
def scrape(client, db, settings):
    """Request the metrics as Prometheus does. Return the value of each series."""
    settings.METRICS_TOKEN = TOKEN

    def ask():
        response = client.get(
            reverse("diagnosis:metrics"), headers={"Authorization": f"Bearer {TOKEN}"}
        )
        families = text_string_to_metric_families(response.content.decode())
        samples = [sample for family in families for sample in family.samples]
        return {(sample.name, *sorted(sample.labels.values())): sample.value for sample in samples}

    return ask


@pytest.mark.parametrize(
    ("token", "sent"),
    [("", "Bearer "), ("", ""), (TOKEN, ""), (TOKEN, TOKEN), (TOKEN, f"Bearer {TOKEN}x")],
)
def test_without_the_token_the_page_does_not_exist(client, settings, token, sent):
    settings.METRICS_TOKEN = token
    response = client.get(reverse("diagnosis:metrics"), headers={"Authorization": sent})
    assert response.status_code == 404


def test_the_figures_of_an_empty_site_are_zero(scrape):
    figures = scrape()
    assert figures["skinscreen_queue_depth", "pending"] == 0
    assert figures["skinscreen_queue_oldest_seconds", "pending"] == 0
    assert figures["skinscreen_recent_outcomes", "failed"] == 0
    assert figures["skinscreen_recent_latency_seconds_bucket", "+Inf"] == 0


def test_the_queue_has_a_depth_and_an_age(scrape, make):
    oldest = timezone.now() - timedelta(minutes=5)
    for status in ("pending", "pending", "running"):
        make(status)
    Screening.objects.filter(pk=make().pk).update(created_at=oldest)
    figures = scrape()
    assert figures["skinscreen_queue_depth", "pending"] == 3
    assert figures["skinscreen_queue_depth", "running"] == 1
    assert figures["skinscreen_queue_oldest_seconds", "pending"] == pytest.approx(300, abs=60)


def test_outcomes_and_refusals_cover_the_last_hour(scrape, make):
    now = timezone.now()
    for status in ("done", "refused", "refused", "failed"):
        make(status, finished_at=now)
    make("refused", finished_at=now, refusal="too_dark")
    make("refused", finished_at=now - timedelta(minutes=61))
    figures = scrape()
    outcomes = [figures["skinscreen_recent_outcomes", outcome] for outcome in metrics.OUTCOMES]
    assert outcomes == [1, 3, 1]
    reasons = ("blurred", "too_dark", "not_a_lesion")
    assert [figures["skinscreen_recent_refusals", reason] for reason in reasons] == [2, 1, 0]


def test_latency_is_a_histogram(scrape, make):
    now = timezone.now()
    for seconds in (1, 3, 40):
        screening = make("done", finished_at=now)
        sent = now - timedelta(seconds=seconds)
        Screening.objects.filter(pk=screening.pk).update(created_at=sent)
    figures = scrape()
    bucket = "skinscreen_recent_latency_seconds_bucket"
    assert [figures[bucket, bound] for bound in ("0.5", "1.0", "5.0", "30.0", "60.0", "+Inf")] == [
        *(0, 1, 2, 2, 3, 3)
    ]
    assert figures["skinscreen_recent_latency_seconds_gsum",] == 44


def test_every_worker_has_the_age_of_its_heartbeat(scrape):
    beat_at = timezone.now() - timedelta(seconds=90)
    Heartbeat.objects.create(worker="celery@one", model_version="lite0-5", beat_at=beat_at)
    age = scrape()["skinscreen_worker_heartbeat_age_seconds", "celery@one", "lite0-5"]
    assert age == pytest.approx(90, abs=60)


def test_request_times_cover_all_processes(scrape, monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for _ in range(2):
        subprocess.run([sys.executable, "-c", MEASURE], check=True)
    assert scrape()["skinscreen_request_seconds_count", "diagnosis:home"] == 2


def test_the_last_check_of_the_audit_trail_is_reported(scrape):
    assert not [name for name, *_ in scrape() if name.startswith("skinscreen_audit")]
    now = timezone.now()
    AuditCheck.objects.create(at=now, entries=9, faults=2, unchecked=3)
    figures = scrape()
    assert figures["skinscreen_audit_faults",] == 2
    assert figures["skinscreen_audit_unchecked",] == 3
    assert figures["skinscreen_audit_checked_timestamp_seconds",] == now.timestamp()


def test_the_metric_of_audit_faults_names_their_upper_limit(db):
    AuditCheck.objects.create(at=timezone.now(), entries=9, faults=2, unchecked=3)
    help_lines = [line for line in metrics.exposition().decode().splitlines() if "HELP" in line]
    (words,) = [line for line in help_lines if "skinscreen_audit_faults" in line]
    assert f"at most {verification.MOST_FAULTS}" in words


def test_the_age_and_failure_of_the_operators_tasks_are_reported(scrape):
    hour_ago = timezone.now() - timedelta(hours=1)
    Upkeep.objects.create(task="backup", succeeded_at=hour_ago)
    Upkeep.objects.create(task="restore_drill", is_failing=True)
    series = scrape()
    assert 3590 < series["skinscreen_upkeep_age_seconds", "backup"] < 3700
    assert ("skinscreen_upkeep_age_seconds", "restore_drill") not in series
    assert series["skinscreen_upkeep_failing", "backup"] == 0
    assert series["skinscreen_upkeep_failing", "restore_drill"] == 1


def test_the_free_disk_space_is_reported(scrape):
    assert scrape()[("skinscreen_disk_free_bytes",)] > 0


def test_the_age_of_waiting_mail_is_reported(scrape):
    assert scrape()[("skinscreen_mail_oldest_seconds",)] == 0
    now = timezone.now()
    WaitingMail.objects.create(created_at=now - timedelta(hours=1), expires_at=now)
    assert 3590 < scrape()[("skinscreen_mail_oldest_seconds",)] < 3700
