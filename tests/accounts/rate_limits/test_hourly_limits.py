"""Rate limits count by account and IP address, even behind a proxy, and name the time to retry."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account import app_settings
from allauth.core.internal.ratelimit import parse_rates
from django.conf import settings as project_settings
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import HourlyCount
from accounts.rate_limits import hourly_limits
from tests.factories import PASSWORD, make_user

SIGN_IN, SIGN_UP = reverse("account_login"), reverse("account_signup")
RESET, SEND, UPLOAD = (
    reverse("account_reset_password"),
    reverse("diagnosis:send"),
    reverse("diagnosis:upload"),
)


def from_address(address):
    return Client(REMOTE_ADDR=address)


def try_to_sign_in(client, email="olga@example.org", password="wrong"):
    return client.post(SIGN_IN, {"login": email, "password": password})


def test_a_network_cannot_try_one_password_on_many_accounts(client, db):
    for number in range(10):
        assert try_to_sign_in(client, f"person-{number}@example.org").status_code == 200
    assert try_to_sign_in(client).status_code == 429


def test_attempts_from_other_networks_do_not_block_a_network(owner):
    for _ in range(11):
        try_to_sign_in(from_address("10.0.0.1"), "nobody@example.org")
    assert try_to_sign_in(from_address("10.0.0.2"), password=PASSWORD).status_code == 302


@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 302)])
def test_addresses_are_distinguished_only_behind_a_trusted_proxy(owner, settings, proxies, status):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    for number in range(10):
        headers = {"X-Forwarded-For": f"10.9.9.9, 10.0.0.{number}"}
        credentials = {"login": f"{number}@example.org", "password": "wrong"}
        Client().post(SIGN_IN, credentials, headers=headers)
    credentials = {"login": owner.email, "password": PASSWORD}
    response = Client().post(SIGN_IN, credentials, headers={"X-Forwarded-For": "10.0.1.1"})
    assert response.status_code == status


@pytest.mark.parametrize(
    ("url", "most", "fields"),
    [
        (RESET, 5, {"email": "olga@example.org"}),
        (SIGN_UP, 30, {"email": "not an address"}),
    ],
)
def test_a_form_that_sends_mails_is_limited(client, db, url, most, fields):
    for _ in range(most):
        assert client.post(url, fields).status_code != 429
    assert client.post(url, fields).status_code == 429


def test_no_limit_lasts_longer_than_its_page_says():
    rates = [rate for words in app_settings.RATE_LIMITS.values() for rate in parse_rates(words)]
    longest = max(rate.duration for rate in rates)
    assert longest <= project_settings.RATE_LIMIT_MINUTES * 60


@pytest.fixture
def at_the_limit(settings, owner_client):
    """Signed in, with this hour's only upload used up by an invalid file."""
    settings.UPLOADS_PER_HOUR = 1
    assert owner_client.post(SEND).status_code == 422
    return owner_client


def test_the_upload_script_gets_the_time_of_the_next_attempt(at_the_limit):
    response = at_the_limit.post(SEND)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert re.search(r"You can send the next photo in .*minute", response.json()["later"])


def test_without_the_script_the_form_keeps_all_entries_but_the_photo(at_the_limit, upload):
    response = at_the_limit.post(UPLOAD, {"photo": upload, "capture": "camera", "note": "itches"})
    assert response.status_code == 429
    assert 'value="itches"' in response.content.decode()
    assert "choose the photo again" in response.content.decode()


def test_counting_restarts_with_the_next_hour(at_the_limit, monkeypatch):
    later = hourly_limits.time.time() + hourly_limits.HOUR
    monkeypatch.setattr(hourly_limits.time, "time", lambda: later)
    assert at_the_limit.post(SEND).status_code == 422


def test_an_accounts_photos_are_counted_across_all_addresses(at_the_limit, owner):
    elsewhere = from_address("10.0.0.1")
    elsewhere.force_login(owner)
    assert elsewhere.post(SEND).status_code == 429


def test_many_accounts_may_share_an_address_up_to_a_limit(settings, db):
    settings.UPLOADS_PER_HOUR = 1
    for number in range(hourly_limits.ACCOUNTS_AT_AN_ADDRESS + 1):
        client = Client()
        client.force_login(make_user(f"person-{number}@example.org"))
        response = client.post(SEND)
        assert response.status_code == (
            429 if number == hourly_limits.ACCOUNTS_AT_AN_ADDRESS else 422
        )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "in a minute"), (61, "in 2 minutes"), (3600, "in 60 minutes"), (86400, "in 24 hours")],
)
def test_a_waiting_time_is_shown_in_words(seconds, words):
    assert hourly_limits.in_words(seconds) == words


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_do_not_exceed_the_limit(owner):
    request = RequestFactory().get("/")
    request.user = owner

    def ask(number):
        try:
            return hourly_limits.consume(request, "upload", most=5)
        except OperationalError:  # an SQLite database in memory does not wait, unlike a file
            return ask(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(11) as crowd:
        waits = list(crowd.map(ask, range(11)))
    assert waits.count(0) == 5


def test_refused_requests_are_not_counted_for_the_address(settings, at_the_limit, owner):
    for _ in range(hourly_limits.ACCOUNTS_AT_AN_ADDRESS):
        assert at_the_limit.post(SEND).status_code == 429
    client = Client()
    client.force_login(make_user("person@example.org"))
    assert client.post(SEND).status_code == 422


def test_counts_of_past_hours_are_deleted(at_the_limit, monkeypatch):
    hourly_limits.forget()
    assert HourlyCount.objects.count() == 2
    later = hourly_limits.time.time() + hourly_limits.HOUR
    monkeypatch.setattr(hourly_limits.time, "time", lambda: later)
    hourly_limits.forget()
    assert not HourlyCount.objects.exists()


def test_no_address_is_stored(at_the_limit):
    assert not HourlyCount.objects.filter(key__contains="127.0.0.1").exists()
