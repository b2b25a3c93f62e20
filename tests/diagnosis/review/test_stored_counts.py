import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from diagnosis import tasks
from diagnosis.models import Screening
from diagnosis.review import reader_counts, stored_counts
from diagnosis.review.stored_counts import of
from tests.factories import make_histology, make_review

pytestmark = pytest.mark.django_db
ALL_TIME = {"since": None, "until": None}


@pytest.fixture
def photos(make, reviewer):
    screening = make("done", tier="urgent")
    make_review(screening, reviewer, "refer")
    make_histology(screening.lesion)
    make("refused")


@pytest.fixture
def stored(photos, monkeypatch):
    monkeypatch.setattr(stored_counts, "STORED_FROM", 2)
    tasks.count_readings_task()


def test_stored_counts_equal_fresh_counts(stored):
    counted, fresh = of(**ALL_TIME), reader_counts.of(Screening.objects.all())
    assert counted.counted_at
    for name in ("statuses", "refusals", "readings", "biopsied"):
        assert getattr(counted, name) == getattr(fresh, name) != []
    assert counted.readings[0].read == "refer"


def test_counts_of_all_time_come_from_the_last_run_of_the_task(stored, make):
    make("done")
    assert sum(of(**ALL_TIME).statuses.values()) == 2
    tasks.count_readings_task()
    assert sum(of(**ALL_TIME).statuses.values()) == 3


@pytest.mark.parametrize("limit", ["since", "until"])
def test_counts_of_a_period_are_fresh(stored, make, limit):
    make("done")
    counts = of(**ALL_TIME | {limit: timezone.localdate()})
    assert sum(counts.statuses.values()) == 3
    assert counts.counted_at is None


def test_counts_of_few_photos_are_fresh(stored, make, monkeypatch):
    monkeypatch.setattr(stored_counts, "STORED_FROM", 20)
    tasks.count_readings_task()
    make("done")
    assert sum(of(**ALL_TIME).statuses.values()) == 3


def test_the_page_says_when_stored_counts_were_made(stored, client, lead):
    client.force_login(lead)
    address = reverse("diagnosis:figures")
    assert "updated once an hour" in client.get(address, {"since": ""}).content.decode()
    assert "updated once an hour" not in client.get(address).content.decode()
    cache.clear()
    assert "updated once an hour" not in client.get(address, {"since": ""}).content.decode()
