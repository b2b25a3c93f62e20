"""Every error that a person can meet has a page of the site that says what to do."""

import re

import pytest
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.urls import reverse

from accounts.access.roles import reviewers
from tests.factories import make_user

HISTORY = reverse("diagnosis:history")


def foreign_host(client, monkeypatch):
    return client.get("/", headers={"host": "elsewhere.example"})


def too_many_fields(client, monkeypatch):
    return client.post(reverse("accounts:skin"), {f"field-{number}": "" for number in range(2000)})


def ended_session(client, monkeypatch):
    # As if the person signed out in another tab while the answer was stored.
    def save(*_args, **_kwargs):
        raise UpdateError

    monkeypatch.setattr("accounts.sessions.session_store.SessionStore.save", save)
    return client.post(reverse("accounts:skin"), {"skin_type": "II"})


def stale_form(client, monkeypatch):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(get_user(client))
    return strict.post(reverse("accounts:skin"))


def missing_permission(client, monkeypatch):
    reviewer = make_user("rita@example.org", is_staff=True)
    reviewer.groups.add(reviewers())
    client.force_login(reviewer)
    return client.get("/admin/accounts/user/")


def unknown_page(client, monkeypatch):
    return client.get("/nowhere/")


def wrong_method(client, monkeypatch):
    return client.get(reverse("diagnosis:send"))


def over_a_limit(client, monkeypatch):
    monkeypatch.setattr("accounts.rate_limits.hourly_limits.consume", lambda *_, **__: 60)
    return client.post(reverse("accounts:skin"), {"skin_type": "II"})


def server_error(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("diagnosis.screenings.views.HistoryFilter", None)
    return client.get(HISTORY)


@pytest.mark.parametrize(
    ("provoke", "status", "words"),
    [
        (foreign_host, 400, "check the address of the site"),
        (too_many_fields, 400, "Go back to the previous page"),
        (ended_session, 400, "If your change is missing there"),
        (stale_form, 403, "Reload the page"),
        (missing_permission, 403, "ask whoever runs this site"),
        (unknown_page, 404, "in your history"),
        (wrong_method, 405, "go back to the page of the form"),
        (over_a_limit, 429, "Please try again in"),
        (server_error, 500, "Please try again in a minute"),
    ],
)
def test_an_error_page_says_what_to_do(owner_client, monkeypatch, provoke, status, words):
    response = provoke(owner_client, monkeypatch)
    page = " ".join(response.content.decode().split())
    assert (response.status_code, words in page) == (status, True)
    # One heading, and a link to another page.
    assert page.count("<h1") == 1
    assert re.search(r'<main.*<a [^>]*href="/', page)
