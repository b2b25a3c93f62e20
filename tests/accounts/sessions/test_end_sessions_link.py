"""Mails about events that somebody else may have caused, and the page that ends all sessions."""

import re
import time

import pytest
from django.core import mail, signing
from django.test import Client
from django.urls import reverse

from accounts.mail import unsubscribe_link
from accounts.sessions import end_sessions_link, session_lifetime
from diagnosis.models import AuditEntry
from tests.factories import PASSWORD, code_of_app, make_second_step

SIGN_IN, STEP = reverse("account_login"), reverse("mfa_authenticate")
HISTORY = reverse("diagnosis:history")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(client, password=PASSWORD):
    return client.post(SIGN_IN, {"login": "olga@example.org", "password": password})


def is_signed_in(client):
    return client.get(HISTORY).status_code == 200


@pytest.fixture
def here(owner):
    """The browser that signed in first."""
    client = Client()
    sign_in(client)
    return client


@pytest.fixture
def thief(here):
    """The browser of an attacker who knows the password."""
    client = Client(HTTP_USER_AGENT=FIREFOX)
    sign_in(client)
    return client


def link():
    return re.search(r"http://testserver(\S+)", mail.outbox[-1].body)[1]


@pytest.mark.usefixtures("here")
def test_the_very_first_device_causes_no_mail():
    assert mail.outbox == []


@pytest.mark.usefixtures("thief")
def test_a_new_device_causes_a_mail(owner):
    (message,) = mail.outbox
    assert message.to == [owner.email]
    assert "Firefox on Linux" in message.body


def test_a_known_device_causes_no_mail(here):
    here.post(reverse("account_logout"))
    sign_in(here)
    assert mail.outbox == []


def test_opening_the_link_ends_no_session(here, thief):
    for method in (Client().get, Client().head):
        assert method(link()).status_code == 200
    assert is_signed_in(here)
    assert is_signed_in(thief)


def test_the_button_ends_every_session_of_the_account(here, thief, owner, stranger):
    other = Client()
    other.force_login(stranger)
    page = Client().post(link())
    assert "Choose a new password" in page.content.decode()
    assert [is_signed_in(client) for client in (here, thief, other)] == [False, False, True]
    assert AuditEntry.objects.filter(subject=f"user:{owner.pk}", detail={"sessions": "ended"})


@pytest.mark.usefixtures("thief")
def test_the_button_also_ends_the_session_in_which_it_is_pressed(here):
    assert here.post(link()).status_code == 200
    assert not is_signed_in(here)


@pytest.mark.usefixtures("here")
def test_the_button_makes_all_devices_unknown(thief):
    Client().post(link())
    sign_in(thief)
    assert len(mail.outbox) == 2


def test_a_used_link_ends_no_newer_session(thief, here):
    used = link()
    Client().post(used)
    sign_in(here)
    for method in (Client().get, Client().post):
        assert method(used).status_code == 404
    assert is_signed_in(here)
    assert AuditEntry.objects.filter(detail={"sessions": "ended"}).count() == 1


def test_two_simultaneous_presses_of_the_button_are_one(here, owner):
    session_lifetime.end_everywhere(owner)
    sign_in(here)
    session_lifetime.end_everywhere(owner)
    assert is_signed_in(here)


def test_the_button_needs_a_csrf_token(thief):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link()).status_code == 403
    assert is_signed_in(thief)


def token_of_another_account(owner, stranger):
    return end_sessions_link.path_for(owner).replace(f"/{owner.pk}-", f"/{stranger.pk}-")


def token_of_another_link(owner, _):
    token = unsubscribe_link.path_for(owner).split("/")[-2]
    return reverse("accounts:end_everywhere", args=[token])


def plain_signature(owner, _):
    token = signing.TimestampSigner().sign(f"{owner.pk}-{owner.device_generation}")
    return reverse("accounts:end_everywhere", args=[token])


def link_without_a_generation(owner, _):
    """Return a link of the releases whose links could be used again."""
    token = signing.TimestampSigner(salt="accounts.ending").sign(str(owner.pk))
    return reverse("accounts:end_everywhere", args=[token])


@pytest.mark.parametrize(
    "forge",
    [token_of_another_account, token_of_another_link, plain_signature, link_without_a_generation],
)
def test_a_link_works_only_for_its_account_and_purpose(owner, stranger, forge):
    assert Client().post(forge(owner, stranger)).status_code == 404


def test_the_token_of_the_link_serves_no_other_purpose(client, owner):
    token = end_sessions_link.path_for(owner).split("/")[-2]
    assert client.post(reverse("accounts:unsubscribe", args=[token])).status_code == 404


@pytest.mark.parametrize(("days", "status"), [(6, 200), (8, 404)])
def test_the_link_expires_after_a_week(client, owner, monkeypatch, days, status):
    url, later = end_sessions_link.path_for(owner), time.time() + days * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.post(url).status_code == status


@pytest.mark.usefixtures("here")
def test_sessions_can_be_ended_without_the_second_step(owner):
    client = Client()
    sign_in(client)
    make_second_step(owner)
    assert client.post(end_sessions_link.path_for(owner)).status_code == 200


# Failed second steps.


def test_a_wrong_code_on_a_new_device_causes_one_mail(owner):
    make_second_step(owner)
    client = Client()
    sign_in(client)
    for _ in range(3):
        client.post(STEP, {"code": "000000"})
    (message,) = mail.outbox
    assert "somebody knows your password" in message.body
    assert "/account/sessions/stop/" in message.body


def test_a_wrong_code_on_a_known_device_causes_no_mail(here, owner):
    here.post(reverse("account_logout"))
    make_second_step(owner)
    sign_in(here)
    here.post(STEP, {"code": "000000"})
    assert mail.outbox == []
    here.post(STEP, {"code": code_of_app()})
    assert is_signed_in(here)


@pytest.mark.usefixtures("thief")
def test_the_mail_about_stopped_attempts_has_the_link(owner):
    mail.outbox.clear()
    client = Client(REMOTE_ADDR="10.0.0.1")
    for _ in range(6):
        sign_in(client, "wrong")
    assert len(mail.outbox) == 1
    assert "/account/sessions/stop/" in mail.outbox[0].body
