from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis import measured, reviewing
from diagnosis import measured_texts as texts
from tests.factories import make_measurement, make_review, make_screening


@pytest.fixture
def done(make):
    return make("done", tier="lower", readings_due=1)


def page(client, screening, name="detail"):
    return client.get(reverse(f"diagnosis:{name}", args=[screening.pk]))


def now(**delta):
    return timezone.now() - timedelta(**delta)


def test_the_page_says_that_the_photo_is_being_measured_and_asks_again(owner_client, make):
    screening = make("done", tier="lower", measure_at=now(), finished_at=now())
    text = page(owner_client, screening).text
    assert texts.BUSY in text
    assert reverse("diagnosis:measured", args=[screening.pk]) in text


def test_it_stops_asking_after_a_while(owner_client, make):
    screening = make("done", tier="lower", measure_at=now(), finished_at=now(minutes=5))
    text = page(owner_client, screening).text
    assert texts.LATE in text
    assert reverse("diagnosis:measured", args=[screening.pk]) not in text


def test_a_failure_is_said_beside_the_result(owner_client, make):
    screening = make("done", tier="lower", measure_attempts=3)
    text = page(owner_client, screening).text
    assert texts.FAILED in text
    assert "Lower tier" in text


@pytest.mark.parametrize("status", ["pending", "running", "refused", "failed"])
def test_without_a_result_nothing_is_said_of_measurements(make, status):
    assert not measured.describe(make(status)).is_shown


def test_a_photo_from_before_says_nothing(done):
    assert not measured.describe(done).is_shown


def test_where_the_model_looked_is_drawn_and_called_no_proof(owner_client, done):
    make_measurement(done, overlay=b"png")
    text = page(owner_client, done).text
    assert texts.LOOKED in text
    assert texts.LOOKED_LABEL in text
    assert texts.NOTE in text
    assert page(owner_client, done, "looked").getvalue() == b"png"


def test_a_map_that_shows_nothing_is_no_comfort(owner_client, done):
    make_measurement(done)
    text = page(owner_client, done).text
    assert texts.LOOKED_NOWHERE in text
    assert page(owner_client, done, "looked").status_code == 404


def test_the_last_status_brings_what_was_measured(owner_client, make, done):
    make_measurement(done, overlay=b"png")
    assert 'hx-swap-oob="true"' in page(owner_client, done, "status").text
    assert "measured" not in page(owner_client, make("running"), "status").text


def test_a_clinician_sees_it_after_the_first_impression_alone(client, done, reviewer):
    make_measurement(done, overlay=b"png")
    client.force_login(reviewer)
    assert page(client, done, "looked").status_code == 404
    reviewing.form_impression(done, by=reviewer, finding="unsure")
    assert page(client, done, "looked").getvalue() == b"png"


def test_a_clinician_sees_it_at_once_where_nothing_is_read_blind(client, done, reviewer, settings):
    settings.IS_BLIND_FIRST = False
    make_measurement(done, overlay=b"png")
    client.force_login(reviewer)
    assert page(client, done, "looked").getvalue() == b"png"


def test_it_waits_with_a_result_that_waits_for_a_clinician(client, owner, reviewer, jpeg):
    owner.skin_type = "VI"
    owner.save()
    screening = make_screening(owner, jpeg, "done", tier="lower")
    make_measurement(screening, overlay=b"png")
    client.force_login(owner)
    assert page(client, screening, "looked").status_code == 404
    assert texts.LOOKED not in page(client, screening).text
    make_review(screening, reviewer)
    assert page(client, screening, "looked").getvalue() == b"png"
    assert texts.LOOKED in page(client, screening).text
