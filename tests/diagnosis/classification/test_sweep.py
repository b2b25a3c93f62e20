from datetime import timedelta

import pytest
from django.utils import timezone

from diagnosis import tasks
from diagnosis.classification import sweep
from diagnosis.models import Screening
from diagnosis.models.querysets.screenings import ScreeningQuerySet
from tests.factories import make_screening


@pytest.fixture
def past():
    return timezone.now() - timedelta(hours=1)


def test_the_sweep_queues_a_photo_again_whose_worker_died(owner, jpeg, past, published):
    dead = make_screening(owner, jpeg, "running", lease_expires_at=past)
    make_screening(owner, jpeg, "running")
    tasks.sweep_screenings_task()
    dead.refresh_from_db()
    assert (dead.status, dead.attempts, published) == ("pending", 1, [dead.pk])


def test_the_sweep_fails_photos_whose_attempts_are_used_up(owner, jpeg, past, published):
    dead = make_screening(owner, jpeg, "running", attempts=3, lease_expires_at=past)
    sweep.run()
    dead.refresh_from_db()
    assert (dead.status, dead.failure, published) == ("failed", "attempts_exhausted", [])


def test_the_sweep_allows_no_attempt_beyond_the_last(owner, jpeg, past, published, monkeypatch):
    late = make_screening(owner, jpeg, "running", attempts=3, lease_expires_at=past)
    # The lease seems to expire just after the sweep has looked for photos without attempts left.
    monkeypatch.setattr(ScreeningQuerySet, "fail", lambda *_: 0)
    sweep.run()
    late.refresh_from_db()
    assert (late.status, published) == ("running", [])


def test_the_sweep_publishes_a_lost_message_again_once(owner, jpeg, past, published):
    forgotten = make_screening(owner, jpeg, queued_at=past)
    make_screening(owner, jpeg)
    sweep.run()
    sweep.run()
    assert published == [forgotten.pk]


def test_the_sweep_leaves_finished_screenings_alone(owner, jpeg, past, published):
    for status in ("done", "refused", "failed"):
        make_screening(owner, jpeg, status, queued_at=past)
    before = list(Screening.objects.values())
    sweep.run()
    assert (list(Screening.objects.values()), published) == (before, [])
