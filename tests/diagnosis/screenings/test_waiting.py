"""Polls of waiting pages are cheap, reveal little, and end with their token."""

from datetime import timedelta

import pytest
from django.core.signing import TimestampSigner
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Screening
from diagnosis.screenings import waiting
from skinscreen.backends.lock_waiting import WaitedTooLongError
from tests.factories import make_measurement


@pytest.fixture(autouse=True)
def _fresh_queue_length():
    waiting.queue_length.cache_clear()


def pause(client, address):
    return int(client.get(address).headers["Ask-Again-Ms"])


def being_measured(make, **delta):
    now = timezone.now()
    return make("done", tier="watch", measure_at=now, finished_at=now - timedelta(**delta))


@pytest.mark.parametrize("who", ["client", "owner_client"])
def test_a_poll_about_a_waiting_photo_reads_only_its_row(request, who, make, monkeypatch):
    monkeypatch.setattr(waiting, "monotonic", lambda: 7.0)
    address = waiting.for_answers([make()])
    client = request.getfixturevalue(who)
    # The length of the queue is also read, once a second.
    for statements in (2, 1):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        assert (answer.status_code, answer.content) == (204, b"")
        assert len(queries) == statements
        tables = {query["sql"].split(" FROM ")[1].split()[0] for query in queries}
        assert tables == {'"diagnosis_screening"'}


@pytest.mark.parametrize("status", ["done", "refused", "failed"])
def test_a_poll_reveals_that_a_photo_is_finished_but_not_its_outcome(client, make, status):
    screening = make()
    address = waiting.for_answers([screening])
    state = {"status": status, "finished_at": timezone.now()}
    words = {"refused": {"refusal": "blurred"}, "failed": {"failure": "attempts_exhausted"}}
    Screening.objects.update(**state, **words.get(status, {}))
    answer = client.get(address)
    assert (answer.status_code, answer.content, answer.cookies) == (200, b"", {})


def test_a_list_polls_for_all_its_waiting_photos_until_the_first_is_done(client, make):
    photos = [make(), make(), make("refused")]
    address = waiting.for_answers(photos)
    assert client.get(address).status_code == 204
    photos[0].delete()
    assert client.get(address).status_code == 200


def test_nothing_is_polled_if_nothing_waits(make):
    assert waiting.for_answers([make("done", tier="watch")]) == ""


def test_measurements_are_polled_until_they_exist_or_take_too_long(client, make):
    screening = being_measured(make)
    address = waiting.for_figures(screening)
    assert client.get(address).status_code == 204
    make_measurement(screening)
    assert client.get(address).status_code == 200
    assert client.get(waiting.for_figures(being_measured(make, minutes=3))).status_code == 200


def test_a_token_expires_and_no_other_token_is_accepted(client, make, monkeypatch):
    screening = make()
    address = waiting.for_answers([screening])
    forged = TimestampSigner(salt="accounts.ending").sign(address.split("/")[-2].split(":")[0])
    for wrong in ("x", forged, address.split("/")[-2] + "x"):
        answer = client.get(reverse("diagnosis:waiting", args=[wrong]))
        assert (answer.status_code, answer.content) == (404, b"")
    monkeypatch.setattr(waiting, "VALID_FOR", timedelta(seconds=-1))
    assert client.get(address).status_code == 404


def test_a_page_polls_often_at_first_and_slower_with_a_long_queue(client, make):
    screening = make()
    address = waiting.for_answers([screening])
    assert pause(client, address) == 300
    same = {"owner": screening.owner, "lesion": screening.lesion, "queued_at": timezone.now()}
    size = {"width": 1, "height": 1, "capture": "camera"}
    Screening.objects.bulk_create(Screening(**same, **size) for _ in range(49))
    waiting.queue_length.cache_clear()
    assert pause(client, address) == 800
    assert pause(client, waiting.for_answers([screening, make()])) == 1000
    assert pause(client, waiting.for_figures(being_measured(make))) == 1000
    Screening.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert pause(client, address) == 2000


def test_polling_does_not_extend_a_session(owner_client, make):
    answer = owner_client.get(waiting.for_answers([make()]))
    assert not answer.wsgi_request.__dict__.keys() & {"session", "user"}


def test_a_poll_gets_the_time_of_the_next_attempt_if_the_database_is_unavailable(
    client, make, monkeypatch
):
    address = waiting.for_answers([make()])
    monkeypatch.setattr(waiting.Screening, "objects", UnavailableManager())
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_an_error_in_our_code_is_logged(client, make, monkeypatch, caplog):
    address = waiting.for_answers([make()])
    monkeypatch.setattr(waiting.Screening, "objects", None)
    with pytest.raises(AttributeError):
        client.get(address)
    assert "AttributeError" in caplog.text


class UnavailableManager:
    def unfinished(self):
        raise WaitedTooLongError
