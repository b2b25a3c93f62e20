"""The list of a person's sessions, and the ways in which a session ends."""

import re
import time
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.sessions import session_lifetime
from accounts.tasks import forget_sessions_task
from accounts.templatetags.devices import device
from tests.factories import PASSWORD, code_of_app, make_second_step

QUEUE = reverse("diagnosis:queue")
LIST, END = reverse("usersessions_list"), reverse("accounts:end_session")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)


@pytest.fixture
def wait(monkeypatch):
    """Let time pass for sessions only."""
    passed = []
    now = time.time()
    monkeypatch.setattr(session_lifetime.time, "time", lambda: now + sum(passed))
    return passed.append


@pytest.fixture
def sign_in(db):
    def sign_in(user, agent=FIREFOX):
        client = Client(HTTP_USER_AGENT=agent)
        client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
        return client

    return sign_in


def is_signed_in(client):
    return client.get(LIST).status_code == 200


def number_of(client):
    return UserSession.objects.get(session_key=client.session.session_key).pk


def test_the_list_shows_every_session(owner, stranger, sign_in):
    client = sign_in(owner)
    sign_in(owner, IPHONE)
    sign_in(stranger, EDGE)
    page = client.get(LIST).content.decode()
    for words, times in (
        ("Firefox on Linux", 1),
        ("This device", 1),
        ("Edge", 0),
        ("127.0.0.1", 2),
    ):
        assert page.count(f"{words}</") + page.count(f"from {words}") >= times
        assert (words in page) == bool(times)
    assert "Safari on an iPhone" in page


def id_of(client):
    return client.cookies["sessionid"].value


def prove_password(client, owner):
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def prove_code(client, owner):
    make_second_step(owner)
    client.post(reverse("mfa_reauthenticate"), {"code": code_of_app()})


@pytest.mark.parametrize("prove", [prove_password, prove_code])
def test_a_session_id_from_before_an_authentication_step_is_invalid(owner, sign_in, prove):
    client, thief = sign_in(owner), Client()
    thief.cookies["sessionid"] = id_of(client)
    number = number_of(client)
    prove(client, owner)
    assert id_of(client) != thief.cookies["sessionid"].value
    assert (is_signed_in(client), is_signed_in(thief)) == (True, False)
    assert number_of(client) == number


def test_a_failed_authentication_step_keeps_the_session_id(owner, sign_in):
    client = sign_in(owner)
    before = id_of(client)
    client.post(reverse("account_reauthenticate"), {"password": "wrong"})
    assert id_of(client) == before


def test_a_listed_session_can_be_ended(owner, sign_in):
    here, there, third = sign_in(owner), sign_in(owner), sign_in(owner)
    here.post(END, {"session": number_of(there)})
    assert [is_signed_in(client) for client in (here, there, third)] == [True, False, True]


def test_all_other_sessions_can_be_ended(owner, sign_in):
    here, there, third = sign_in(owner), sign_in(owner), sign_in(owner)
    here.post(LIST)
    assert [is_signed_in(client) for client in (here, there, third)] == [True, False, False]


@pytest.mark.parametrize("number", ["other", "", "one", "-1"])
def test_somebody_elses_session_cannot_be_ended(owner, stranger, sign_in, number):
    other = sign_in(stranger)
    sign_in(owner).post(END, {"session": number_of(other) if number == "other" else number})
    assert is_signed_in(other)


def test_expired_sessions_are_deleted(owner, sign_in):
    kept, expired, ended = sign_in(owner), sign_in(owner), sign_in(owner)
    Session.objects.filter(pk=expired.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    ended.post(reverse("account_logout"))
    forget_sessions_task()
    assert [user_session.pk for user_session in UserSession.objects.all()] == [number_of(kept)]
    assert Session.objects.filter(pk=kept.session.session_key).exists()


def test_ended_sessions_are_deleted_at_once(owner, sign_in):
    kept, ended = sign_in(owner), sign_in(owner)
    ended.post(reverse("account_logout"))
    assert [user_session.pk for user_session in UserSession.objects.all()] == [number_of(kept)]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on an iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8", "A browser"),
    ],
)
def test_a_browser_has_its_usual_name(agent, words):
    assert device(agent) == words


CHANGES = ["mfa_deactivate_totp", "mfa_generate_recovery_codes"]


@pytest.mark.django_db(transaction=True)  # allauth sends signals on commit, within the request
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("others", [0, 1])
def test_changing_a_second_step_offers_to_end_all_other_sessions(owner, sign_in, change, others):
    client, *_ = [sign_in(owner) for _ in range(1 + others)]
    prove_code(client, owner)
    page = client.post(reverse(change), follow=True).content.decode()
    assert page.count(f'<a href="{LIST}">Sign out there</a>') == others


@pytest.mark.django_db(transaction=True)  # allauth sends signals on commit, within the request
def test_setting_up_a_second_step_offers_only_once_to_end_other_sessions(owner, sign_in):
    client, _ = sign_in(owner), sign_in(owner)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'id="secret">(\w+)<', page)[1]
    client.post(reverse("mfa_activate_totp"), {"code": code_of_app(secret)})
    page = client.get(reverse("mfa_index")).content.decode()
    assert page.count("Sign out there") == 1


# Each row: the person, the session's age in days, and whether the session has ended.
AGES = [
    ("owner", 29, False),
    ("owner", 31, True),
    ("reviewer", 0.9, False),
    ("reviewer", 1.1, True),
]


@pytest.mark.parametrize("age", AGES)
def test_a_session_ends_at_its_maximum_age_despite_activity(client, request, age, wait):
    person, days, is_over = age
    client.force_login(request.getfixturevalue(person))
    for _ in range(200):
        wait(days * 24 * 3600 / 200)
        response = client.get(LIST)
    assert (response.status_code == 302) == is_over
    assert ("_auth_user_id" not in client.session) == is_over


def test_a_session_from_an_earlier_release_ages_from_its_next_request(owner_client, wait):
    session = owner_client.session
    del session[session_lifetime.SINCE]
    session.save()
    for _ in range(2):
        assert is_signed_in(owner_client)
        wait(20 * 24 * 3600)
    assert not is_signed_in(owner_client)


# Staff, who may see photos of others.


@pytest.mark.parametrize("person", ["reviewer", "superuser"])
def test_staff_are_signed_out_when_idle(client, request, person, wait):
    client.force_login(request.getfixturevalue(person))
    client.get(QUEUE)
    wait(31 * 60)
    response = client.get(QUEUE, follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "because you were inactive for a while" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_request_in_an_idle_session_stores_nothing(client, reviewer, wait):
    client.force_login(reviewer)
    client.get(QUEUE)
    wait(31 * 60)
    client.post(reverse("accounts:skin"), {"skin_type": "V"})
    reviewer.refresh_from_db()
    assert reviewer.skin_type == ""


def test_active_staff_stay_signed_in(client, reviewer, wait):
    client.force_login(reviewer)
    for _ in range(4):
        client.get(QUEUE)
        wait(29 * 60)
    assert client.get(QUEUE).status_code == 200


def test_a_polling_page_does_not_keep_staff_signed_in(client, reviewer, wait):
    client.force_login(reviewer)
    client.get(QUEUE)
    for _ in range(4):
        wait(10 * 60)
        client.get(QUEUE, headers={"HX-Request": "true"})
    assert client.get(QUEUE).status_code == 302


def test_other_people_are_not_signed_out_when_idle(owner_client, wait):
    owner_client.get(LIST)
    wait(13 * 24 * 3600)
    assert is_signed_in(owner_client)
