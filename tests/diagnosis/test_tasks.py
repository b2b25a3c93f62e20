from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from diagnosis import tasks
from diagnosis.classification import inference, queue
from diagnosis.measurement import measuring
from diagnosis.reminders import notices, raised_results, reminders
from skinscreen.celery import app
from tests.factories import make_version


@pytest.fixture
def registered():
    """Return the names of SkinScreen's tasks, without those that Celery or other tests define."""
    app.loader.import_default_modules()
    return [name for name in app.tasks if not name.startswith(("celery.", "tests."))]


@pytest.mark.django_db
def test_the_task_passes_its_screenings_id_to_inference(monkeypatch):
    ran = []
    monkeypatch.setattr(inference, "run", ran.append)
    pk = uuid4()
    tasks.diagnose_screening_task(str(pk))
    assert ran == [pk]


@pytest.fixture
def shadowed(monkeypatch):
    sent = []
    monkeypatch.setattr(inference, "run", lambda pk: pk)
    monkeypatch.setattr(queue, "publish_shadow", sent.append)
    return sent


def test_the_shadow_task_is_sent_after_a_photo_was_read(screening, shadowed):
    tasks.diagnose_screening_task(str(screening.pk))
    assert shadowed == []
    make_version(state="shadow")
    tasks.diagnose_screening_task(str(screening.pk))
    assert shadowed == [screening.pk]


def test_the_shadow_model_reads_the_claimed_photo_and_not_the_photo_in_the_message(
    db, shadowed, monkeypatch
):
    make_version(state="shadow")
    pk = uuid4()
    for claimed in (pk, None):
        monkeypatch.setattr(inference, "run", lambda _, claimed=claimed: claimed)
        tasks.diagnose_screening_task(str(uuid4()))
    assert shadowed == [pk]


@pytest.fixture
def measured(monkeypatch):
    attempts = []
    monkeypatch.setattr(inference, "run", lambda pk: pk)
    monkeypatch.setattr(measuring, "run", lambda pk: attempts.append(pk) is None)
    return attempts


def test_a_photo_is_measured_in_the_task_that_read_it(make, measured, to_measure):
    photo = make("done")
    tasks.diagnose_screening_task(str(photo.pk))
    assert (measured, to_measure) == ([photo.pk], [])


def test_nothing_is_measured_while_people_wait(make, measured, to_measure):
    photo = make("done")
    make("pending")
    tasks.diagnose_screening_task(str(photo.pk))
    tasks.measure_screening_task(str(photo.pk))
    assert (measured, to_measure) == ([], [])


def test_after_measuring_a_worker_queues_the_photo_that_is_longest_overdue(
    make, measured, to_measure, settings
):
    expired_at = timezone.now() - timedelta(seconds=9)
    make("done", measure_at=expired_at, measure_attempts=settings.MAX_ATTEMPTS)
    longest, _ = (make("done", measure_at=expired_at + timedelta(seconds=n)) for n in (0, 3))
    make("done", measure_at=timezone.now())
    tasks.measure_screening_task(str(uuid4()))
    assert to_measure == [longest.pk]


def test_a_worker_that_could_measure_nothing_queues_no_other_photo(
    make, measured, to_measure, monkeypatch
):
    make("done", measure_at=timezone.now() - timedelta(seconds=9))
    monkeypatch.setattr(measuring, "run", lambda _: False)
    tasks.measure_screening_task(str(uuid4()))
    assert to_measure == []


def test_the_shadow_task_has_its_own_queue_and_shorter_time_limits(settings):
    task = tasks.shadow_screening_task
    assert settings.CELERY_TASK_ROUTES[task.name] == {"queue": "shadow"}
    assert task.soft_time_limit < task.time_limit < settings.CELERY_TASK_TIME_LIMIT


def test_the_name_of_every_task_ends_with_task(registered):
    assert registered
    assert all(name.endswith("_task") for name in registered)


def test_beat_sends_tasks_that_exist(registered):
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(registered)


@pytest.mark.parametrize("slow", ["plan", "remind", "raised", "notices"])
def test_no_mail_waits_for_another_that_takes_too_long(registered, monkeypatch, slow):
    """Every five minutes beat queues the tasks that plan and send mails."""
    done = []

    def run(step):
        if step == slow:
            raise SoftTimeLimitExceeded
        done.append(step)

    monkeypatch.setattr(reminders, "plan_visits", lambda: run("plan"))
    monkeypatch.setattr(reminders, "send", lambda: run("remind"))
    monkeypatch.setattr(raised_results, "send", lambda: run("raised"))
    monkeypatch.setattr(notices, "send", lambda: run("notices"))
    for entry in app.conf.beat_schedule.values():
        if entry["schedule"] == timedelta(minutes=5) and entry["task"].startswith("diagnosis."):
            with suppress(SoftTimeLimitExceeded):
                app.tasks[entry["task"]]()
    assert {*done, slow} == {"plan", "remind", "raised", "notices"}


def test_a_lease_outlives_every_attempt(settings):
    soft, hard = settings.CELERY_TASK_SOFT_TIME_LIMIT, settings.CELERY_TASK_TIME_LIMIT
    assert soft < hard < settings.LEASE.total_seconds()
