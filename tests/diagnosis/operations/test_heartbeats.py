from datetime import timedelta

import pytest
from django.utils import timezone

from diagnosis import tasks
from diagnosis.classification import active_model
from diagnosis.models import Heartbeat
from diagnosis.operations import heartbeats
from ml.paths import DEFAULT_MODEL
from ml.serving.card import ModelError


@pytest.fixture
def _without_model(monkeypatch):
    def fail():
        raise ModelError("truncated")

    monkeypatch.setattr(active_model, "classifier", fail)


@pytest.mark.django_db
def test_a_worker_keeps_one_row_with_its_model():
    for _ in range(2):
        heartbeats.note("celery@one")
    heartbeat = Heartbeat.objects.fresh().get()
    assert (heartbeat.worker, heartbeat.model_version) == ("celery@one", DEFAULT_MODEL.name)


@pytest.mark.django_db
@pytest.mark.usefixtures("_without_model")
def test_a_worker_without_a_model_says_so_in_its_row():
    heartbeats.note("celery@one")
    assert Heartbeat.objects.get().model_version == ""


@pytest.mark.django_db
@pytest.mark.usefixtures("_without_model")
def test_a_silent_worker_does_not_count_and_is_deleted_after_a_day():
    ages = {"celery@minute": timedelta(seconds=61), "celery@day": timedelta(days=1, minutes=1)}
    for worker, age in ages.items():
        Heartbeat.objects.create(worker=worker, beat_at=timezone.now() - age)
    heartbeats.note("celery@one")
    assert [str(heartbeat) for heartbeat in Heartbeat.objects.fresh()] == ["celery@one"]
    assert [str(heartbeat) for heartbeat in Heartbeat.objects.all()] == [
        "celery@minute",
        "celery@one",
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("_without_model")
def test_a_heartbeat_task_reaches_every_worker(settings):
    entry = settings.CELERY_BEAT_SCHEDULE["ask every worker for a heartbeat"]
    task = tasks.note_heartbeat_task
    assert entry["task"] == task.name
    queue = next(
        candidate
        for candidate in settings.CELERY_TASK_QUEUES
        if candidate.exchange.type == "fanout"
    )
    assert entry["options"]["exchange"] == queue.exchange.name
    task.push_request(hostname="celery@two")
    task.run()
    task.pop_request()
    assert Heartbeat.objects.get().worker == "celery@two"
