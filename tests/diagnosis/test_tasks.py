import logging
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from celery.exceptions import OperationalError
from django.utils import timezone

from diagnosis import tasks
from diagnosis.classification import inference
from diagnosis.models import Screening
from diagnosis.models.querysets.screenings import ScreeningQuerySet
from skinscreen.celery import app
from tests.factories import make_screening, make_version

# As they are before `published` takes their place.
publish, publish_now = tasks.publish, tasks._publish


@pytest.fixture
def past():
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def registered():
    app.loader.import_default_modules()
    return [name for name in app.tasks if not name.startswith("celery.")]


def deliver(monkeypatch, function):
    monkeypatch.setattr(tasks.diagnose_screening_task, "apply_async", function)


def test_a_message_carries_the_number_of_the_screening_alone(monkeypatch):
    sent = []
    deliver(monkeypatch, sent.append)
    pk = uuid4()
    publish_now(pk)
    assert sent == [(str(pk),)]


@pytest.mark.django_db
def test_the_task_runs_the_screening_that_it_names(monkeypatch):
    ran = []
    monkeypatch.setattr(inference, "run", ran.append)
    pk = uuid4()
    tasks.diagnose_screening_task(str(pk))
    assert ran == [pk]


@pytest.mark.parametrize(
    "error", [tasks.diagnose_screening_task.OperationalError("refused"), ValueError("disk full")]
)
def test_a_broker_that_takes_no_message_is_a_line_in_the_log(monkeypatch, caplog, error):
    def refuse(args):
        raise error

    monkeypatch.setattr(tasks, "_publish", publish_now)
    deliver(monkeypatch, refuse)
    with caplog.at_level(logging.WARNING):
        publish(uuid4())
        tasks._publisher.submit(lambda: None).result()  # the one thread has come to what follows
    assert "the sweep will do it" in caplog.text
    assert str(error) in caplog.text


def test_a_request_does_not_wait_for_a_broker_that_hangs(monkeypatch):
    hangs, delivered = threading.Event(), threading.Event()

    def hang(pk):
        hangs.wait(timeout=30)
        delivered.set()

    monkeypatch.setattr(tasks, "_publish", hang)
    publish(uuid4())
    assert not delivered.is_set()
    hangs.set()
    assert delivered.wait(timeout=30)


@pytest.fixture
def shadowed(monkeypatch):
    queue = []
    monkeypatch.setattr(inference, "run", lambda pk: pk)
    monkeypatch.setattr(tasks.shadow_screening_task, "apply_async", queue.append)
    return queue


def test_a_model_in_shadow_is_told_of_a_photo_after_it_was_read(screening, shadowed):
    tasks.diagnose_screening_task(str(screening.pk))
    assert shadowed == []
    make_version(state="shadow")
    tasks.diagnose_screening_task(str(screening.pk))
    assert shadowed == [(str(screening.pk),)]


def test_the_shadow_reads_what_was_read_and_not_what_the_message_named(db, shadowed, monkeypatch):
    make_version(state="shadow")
    pk = uuid4()
    for read in (pk, None):
        monkeypatch.setattr(inference, "run", lambda _, read=read: read)
        tasks.diagnose_screening_task(str(uuid4()))
    assert shadowed == [(str(pk),)]


def test_a_broker_that_is_down_costs_the_shadow_alone(screening, shadowed, monkeypatch, caplog):
    def fail(_):
        raise OperationalError("no broker")

    make_version(state="shadow")
    monkeypatch.setattr(tasks.shadow_screening_task, "apply_async", fail)
    tasks.diagnose_screening_task(str(screening.pk))
    assert "not read in shadow: no broker" in caplog.text


def test_the_shadow_gives_way(settings):
    task = tasks.shadow_screening_task
    assert settings.CELERY_TASK_ROUTES[task.name] == {"queue": "shadow"}
    assert task.soft_time_limit < task.time_limit < settings.CELERY_TASK_TIME_LIMIT
    assert task.expires


def test_the_sweep_queues_again_what_a_dead_worker_left(owner, jpeg, past, published):
    dead = make_screening(owner, jpeg, "running", lease_expires_at=past)
    make_screening(owner, jpeg, "running")
    tasks.sweep_screenings_task()
    dead.refresh_from_db()
    assert (dead.status, dead.attempts, published) == ("pending", 1, [dead.pk])


def test_the_sweep_fails_what_died_in_every_attempt(owner, jpeg, past, published):
    dead = make_screening(owner, jpeg, "running", attempts=3, lease_expires_at=past)
    tasks.sweep()
    dead.refresh_from_db()
    assert (dead.status, dead.failure, published) == ("failed", "attempts_exhausted", [])


def test_the_sweep_gives_no_attempt_beyond_the_last(owner, jpeg, past, published, monkeypatch):
    late = make_screening(owner, jpeg, "running", attempts=3, lease_expires_at=past)
    monkeypatch.setattr(ScreeningQuerySet, "fail", lambda *_: 0)  # expired a moment later
    tasks.sweep()
    late.refresh_from_db()
    assert (late.status, published) == ("running", [])


def test_the_sweep_publishes_again_what_the_broker_forgot_and_only_once(
    owner, jpeg, past, published
):
    forgotten = make_screening(owner, jpeg, queued_at=past)
    make_screening(owner, jpeg)
    tasks.sweep()
    tasks.sweep()
    assert published == [forgotten.pk]


def test_the_sweep_leaves_finished_screenings_alone(owner, jpeg, past, published):
    for status in ("done", "refused", "failed"):
        make_screening(owner, jpeg, status, queued_at=past)
    before = list(Screening.objects.values())
    tasks.sweep()
    assert (list(Screening.objects.values()), published) == (before, [])


def test_every_task_is_named_verb_noun_task(registered):
    assert registered
    assert all(name.endswith("_task") for name in registered)


def test_beat_sends_tasks_that_exist(registered):
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(registered)


def test_a_lease_outlives_every_attempt(settings):
    soft, hard = settings.CELERY_TASK_SOFT_TIME_LIMIT, settings.CELERY_TASK_TIME_LIMIT
    assert soft < hard < settings.LEASE.total_seconds()
