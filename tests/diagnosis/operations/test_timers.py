import pytest
from django.db import DatabaseError

from diagnosis.models import Upkeep
from diagnosis.operations import timers

TASK = Upkeep.Task.BACKUP


@pytest.mark.django_db
def test_a_success_is_recorded_and_a_later_failure_too():
    with timers.recorded(TASK):
        pass
    first = Upkeep.objects.get()
    assert first.succeeded_at
    assert not first.is_failing
    with pytest.raises(KeyError), timers.recorded(TASK):
        raise KeyError
    second = Upkeep.objects.get()
    assert second.is_failing
    assert second.succeeded_at == first.succeeded_at


@pytest.mark.django_db
def test_an_unavailable_database_does_not_hide_the_failure(monkeypatch):
    def away(**_):
        raise DatabaseError("away")

    monkeypatch.setattr(Upkeep.objects, "update_or_create", away)
    with pytest.raises(KeyError), timers.recorded(TASK):
        raise KeyError
