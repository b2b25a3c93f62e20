"""After signing in, a person whose form was interrupted returns to the page with that form."""

from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.sign_in import next_page
from tests.factories import make_second_step

CASE = "http://testserver/review/x/?page=2"


@pytest.mark.parametrize(
    ("method", "referrer", "page"),
    [
        ("GET", "", "/review/next/?a=1"),
        ("GET", CASE, "/review/next/?a=1"),
        ("HEAD", "", "/review/next/?a=1"),
        ("POST", CASE, "/review/x/?page=2"),
        ("POST", "http://testserver/review/", "/review/"),
        ("POST", "", ""),
        ("POST", "https://evil.example.org/review/", ""),
        ("POST", "javascript:alert(1)", ""),
        ("POST", "http://testserver//evil.example.org/review/", ""),
        ("DELETE", CASE, "/review/x/?page=2"),
    ],
)
def test_a_form_leads_back_to_its_page(method, referrer, page):
    headers = {"HTTP_REFERER": referrer} if referrer else {}
    request = RequestFactory().generic(method, "/review/next/?a=1", **headers)
    assert next_page.page_to_return_to(request) == page


def next_of(response):
    assert response.status_code == 302
    return parse_qs(urlsplit(response.url).query).get("next")


def test_an_expired_session_leads_back_to_the_page(client, db):
    url = reverse("diagnosis:take_next")
    assert next_of(client.post(url, HTTP_REFERER=CASE)) == ["/review/x/?page=2"]
    assert next_of(client.post(url)) is None


@pytest.mark.parametrize(
    ("name", "is_kept", "message"),
    [
        ("reading", "yes", "are kept"),
        ("reading", "", "nothing was stored"),
        ("claim", "yes", "nothing was stored"),
    ],
)
def test_a_form_without_session_and_csrf_cookies_leads_to_signing_in(db, name, is_kept, message):
    client = Client(enforce_csrf_checks=True)
    url = reverse(f"diagnosis:{name}", args=[uuid4()])
    form = {"csrfmiddlewaretoken": "x" * 64, "is_kept": is_kept}
    response = client.post(url, form, HTTP_REFERER=CASE)
    assert next_of(response) == ["/review/x/?page=2"]
    assert message in client.get(response.url).content.decode()
    assert not Session.objects.exists()


def test_a_reading_without_a_referer_leads_back_to_its_own_address(client, db):
    url = reverse("diagnosis:reading", args=[uuid4()])
    assert next_of(client.post(url)) == [url]


def test_an_outdated_form_leads_back_to_its_page(owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    response = client.post(reverse("diagnosis:upload"), HTTP_REFERER=CASE)
    assert response.status_code == 403
    assert 'href="/review/x/?page=2"' in response.content.decode()


def test_a_pending_second_step_leads_back_to_the_page(client, owner):
    client.force_login(owner)
    make_second_step(owner)
    url = reverse("diagnosis:take_next")
    assert next_of(client.post(url, HTTP_REFERER=CASE)) == ["/review/x/?page=2"]


def test_a_get_request_to_a_post_only_url_gets_an_explanation(owner_client):
    response = owner_client.get(reverse("diagnosis:send"))
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "Nothing was stored or changed" in response.content.decode()
