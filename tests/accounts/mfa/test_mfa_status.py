"""The second step at sign-in with an app's codes and recovery codes. Journeys test passkeys."""

import re
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.totp.internal import auth
from django.core import mail
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from accounts.mfa import mfa_status
from diagnosis.models import AuditEntry
from skinscreen.backends import strict_cache as cache_backend
from tests.factories import PASSWORD, SECRET, code_of_app, make_second_step

SIGN_IN, STEP = reverse("account_login"), reverse("mfa_authenticate")
ACTIVATE, DEACTIVATE = reverse("mfa_activate_totp"), reverse("mfa_deactivate_totp")
INDEX, QUEUE = reverse("mfa_index"), reverse("diagnosis:queue")
MFA_REAUTHENTICATE = reverse("mfa_reauthenticate")
CODES, REAUTHENTICATE = reverse("mfa_view_recovery_codes"), reverse("account_reauthenticate")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Stop the clock, so that no code expires between being read and being entered."""
    clock = SimpleNamespace(time=lambda: 1_800_000_000)
    monkeypatch.setattr(auth, "time", clock)
    return clock


@pytest.fixture
def reauthenticated(owner_client):
    """Signed in, with a recent reauthentication."""
    owner_client.post(REAUTHENTICATE, {"password": PASSWORD})
    return owner_client


@pytest.fixture
def halfway(client, owner):
    """A session after the correct password and before the code."""
    make_second_step(owner)
    response = client.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
    assert response.url == STEP
    return client


def set_up(client):
    secret = re.search(r'id="secret">(\w+)<', client.get(ACTIVATE).content.decode())[1]
    response = client.post(ACTIVATE, {"code": code_of_app(secret)}, follow=True)
    return re.findall(r"<code>(\d{8})</code>", response.content.decode())


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.django_db(transaction=True)  # the mail is sent on commit, within the request
def test_the_owner_gets_a_mail_when_an_app_is_set_up(reauthenticated, owner):
    codes = set_up(reauthenticated)
    assert {authenticator.type for authenticator in owner.authenticator_set.all()} == {
        "totp",
        "recovery_codes",
    }
    assert len(set(codes)) == 10
    assert [message.to for message in mail.outbox] == [[owner.email]]


def test_a_wrong_code_does_not_set_up_an_app(reauthenticated):
    reauthenticated.get(ACTIVATE)
    assert reauthenticated.post(ACTIVATE, {"code": "000000"}).context["form"].errors
    assert not Authenticator.objects.exists()


@pytest.mark.django_db(transaction=True)  # the session is updated on commit, within the request
def test_the_code_that_set_up_an_app_cannot_also_sign_in(reauthenticated, owner):
    secret = re.search(r'id="secret">(\w+)<', reauthenticated.get(ACTIVATE).content.decode())[1]
    reauthenticated.post(ACTIVATE, {"code": code_of_app(secret)})
    reauthenticated.post(reverse("account_logout"))
    reauthenticated.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
    assert reauthenticated.post(STEP, {"code": code_of_app(secret)}).context["form"].errors


def test_the_password_is_not_requested_again_right_after_signing_in(client, owner):
    client.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
    assert client.get(ACTIVATE).status_code == 200


def test_the_password_is_requested_again_after_five_minutes(client, owner, monkeypatch):
    client.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.get(ACTIVATE).url.startswith(REAUTHENTICATE)


@pytest.mark.parametrize("url", [ACTIVATE, reverse("mfa_add_webauthn")])
def test_setting_up_a_second_step_needs_the_password(owner_client, url):
    assert owner_client.get(url).url.startswith(REAUTHENTICATE)


def test_recovery_codes_are_shown_once(reauthenticated):
    codes = set_up(reauthenticated)
    page = reauthenticated.get(CODES).content.decode()
    assert [code for code in codes if code in page] == []


def test_the_password_alone_does_not_sign_in(halfway):
    assert not is_signed_in(halfway)
    assert halfway.get(reverse("diagnosis:upload")).status_code == 302


def test_the_apps_code_signs_in_and_works_once(halfway, client, owner):
    halfway.post(STEP, {"code": code_of_app()})
    assert is_signed_in(halfway)
    halfway.post(reverse("account_logout"))
    halfway.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
    assert halfway.post(STEP, {"code": code_of_app()}).context["form"].errors


@pytest.mark.parametrize(
    ("seconds", "is_accepted"), [(-60, False), (-30, True), (30, True), (60, False)]
)
def test_the_previous_and_the_next_code_are_accepted(halfway, clock, seconds, is_accepted):
    code = code_of_app()
    clock.time = lambda: 1_800_000_000 + seconds
    halfway.post(STEP, {"code": code})
    assert is_signed_in(halfway) == is_accepted


@pytest.mark.parametrize("between", ["", " ", "-"])
def test_a_used_code_is_refused_while_it_is_valid(halfway, clock, owner, monkeypatch, between):
    code = code_of_app()
    clock.time = lambda: 1_800_000_000 - 30
    halfway.post(STEP, {"code": code})
    halfway.post(reverse("account_logout"))
    later = time.time() + 60  # the cache's clock moves, too
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(cache_backend.timezone, "now", lambda: datetime.fromtimestamp(later, UTC))
    clock.time = lambda: 1_800_000_000 + 30
    halfway.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
    typed = between.join([code[:3], code[3:]])
    assert halfway.post(STEP, {"code": typed}).context["form"].errors


@pytest.mark.django_db(transaction=True)  # the session is updated on commit
def test_a_recovery_code_signs_in_once(reauthenticated, client, owner):
    code, *_ = set_up(reauthenticated)
    for is_right in (True, False):
        client.post(reverse("account_logout"))
        client.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
        client.post(STEP, {"code": code})
        assert is_signed_in(client) == is_right


def test_codes_cannot_be_guessed(halfway):
    for _ in range(5):
        assert halfway.post(STEP, {"code": "000000"}).status_code == 200
    assert halfway.post(STEP, {"code": code_of_app()}).status_code == 429


@pytest.mark.django_db(transaction=True)  # the session is updated on commit
def test_an_app_is_removed_with_its_recovery_codes(reauthenticated, owner):
    set_up(reauthenticated)
    reauthenticated.post(DEACTIVATE)
    assert not owner.authenticator_set.exists()


def test_an_operator_removes_a_lost_second_step_and_sees_no_secret(client, owner, superuser):
    lost = make_second_step(owner)
    client.force_login(superuser)
    page = client.get(reverse("admin:mfa_authenticator_change", args=[lost.pk]))
    assert SECRET not in page.content.decode()
    client.post(reverse("admin:mfa_authenticator_delete", args=[lost.pk]), {"post": "yes"})
    assert not owner.authenticator_set.exists()


# Staff may see other people's photos. Pages other than home and account therefore require a second
# step, and the last one cannot be removed.


@pytest.fixture
def by_password(client, reviewer):
    """A reviewer's session with only the password."""
    client.post(SIGN_IN, {"login": reviewer.email, "password": PASSWORD})
    assert is_signed_in(client)
    return client


@pytest.mark.parametrize("name", ["diagnosis:queue", "diagnosis:history", "admin:index"])
def test_staff_without_a_second_step_are_redirected_to_its_set_up(by_password, name):
    response = by_password.get(reverse(name), follow=True)
    assert response.redirect_chain == [(INDEX, 302)]
    assert "Set up a second step before you go on" in response.content.decode()


@pytest.mark.django_db(transaction=True)  # the session is updated on commit, within the request
def test_setting_up_a_second_step_gives_access(by_password):
    by_password.post(REAUTHENTICATE, {"password": PASSWORD})
    set_up(by_password)
    assert by_password.get(QUEUE).status_code == 200


def test_a_session_from_before_the_second_step_was_set_up_is_asked_for_a_code(
    by_password, reviewer
):
    make_second_step(reviewer)
    redirected = by_password.get(QUEUE)
    assert redirected.url.startswith(reverse("mfa_reauthenticate"))
    response = by_password.post(redirected.url, {"code": code_of_app()})
    assert response.url == QUEUE
    assert by_password.get(QUEUE).status_code == 200


OWN_PAGES = [
    *("account_change_password", "account_email", "accounts:delete", "accounts:settings"),
    *("diagnosis:export", "diagnosis:data", "diagnosis:history", "usersessions_list"),
]


@pytest.fixture
def older_session(client, owner):
    """A session from before its owner set up a second step in another session."""
    client.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
    client.post(REAUTHENTICATE, {"password": PASSWORD})
    make_second_step(owner)
    return client


@pytest.mark.parametrize("name", OWN_PAGES)
def test_reauthentication_by_password_does_not_replace_the_second_step(older_session, name):
    again = older_session.post(REAUTHENTICATE, {"password": PASSWORD})
    response = older_session.get(reverse(name))
    assert again.url == MFA_REAUTHENTICATE
    assert response.url == f"{MFA_REAUTHENTICATE}?{urlencode({'next': reverse(name)})}"
    assert b"password instead" not in older_session.get(response.url).content
    assert older_session.post(response.url, {"code": code_of_app()}).url == reverse(name)
    assert older_session.get(reverse(name)).status_code == 200


def test_a_stolen_password_alone_changes_and_deletes_nothing(older_session, owner):
    new = {"oldpassword": PASSWORD, "password1": "another-long-and-quiet-river"}
    older_session.post(reverse("account_change_password"), new)
    older_session.post(reverse("account_email"), {"email": "thief@example.org", "action_add": ""})
    older_session.post(reverse("diagnosis:export"))
    older_session.post(reverse("accounts:delete"), {"password": PASSWORD})
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
    assert [email_address.email for email_address in owner.emailaddress_set.all()] == [owner.email]
    assert not AuditEntry.objects.filter(action="export").exists()


def test_a_person_with_only_a_passkey_is_redirected_to_the_passkey_page(older_session, owner):
    owner.authenticator_set.all().delete()
    Authenticator.objects.create(user=owner, type="webauthn", data={"name": "A key"})
    response = older_session.get(reverse("diagnosis:history"))
    assert older_session.get(response.url).url.startswith(reverse("mfa_reauthenticate_webauthn"))


def test_signing_out_works_without_the_second_step(older_session):
    assert older_session.get(reverse("account_logout")).status_code == 200
    older_session.post(reverse("account_logout"))
    assert not is_signed_in(older_session)


CHANGES = ["activate_totp", "deactivate_totp", "add_webauthn", "index", "list_webauthn"]
CHANGES += ["view_recovery_codes", "generate_recovery_codes", "download_recovery_codes"]
CHANGES += ["remove_webauthn", "edit_webauthn"]


@pytest.mark.parametrize("person", ["reviewer", "owner"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_session_without_mfa_cannot_change_second_steps(client, request, person, name):
    user = request.getfixturevalue(person)
    client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    key = Authenticator.objects.create(user=user, type="webauthn", data={"name": "A key"})
    make_second_step(user)
    client.post(REAUTHENTICATE, {"password": PASSWORD})
    url = reverse(f"mfa_{name}", args=[key.pk] if name in CHANGES[-2:] else [])
    for response in (client.get(url), client.post(url)):
        assert response.url.startswith(reverse("mfa_reauthenticate"))
    assert user.authenticator_set.count() == 2
    client.post(response.url, {"code": code_of_app()})
    assert client.get(INDEX).status_code == 200


def test_signing_in_with_the_second_step_gives_access(client, reviewer):
    make_second_step(reviewer)
    client.post(SIGN_IN, {"login": reviewer.email, "password": PASSWORD})
    client.post(STEP, {"code": code_of_app()})
    assert client.get(QUEUE).status_code == 200


@pytest.mark.parametrize(("steps", "is_done"), [(1, True), (2, False)])
def test_a_new_second_step_counts_as_done_only_if_it_is_the_first(
    by_password, reviewer, steps, is_done
):
    *_, last = [
        Authenticator.objects.create(user=reviewer, type="webauthn", data={}) for _ in range(steps)
    ]
    request = HttpRequest()
    request.session, request.user = by_password.session, reviewer
    authenticator_added.send(Authenticator, request=request, user=reviewer, authenticator=last)
    assert mfa_status.is_done(request) == is_done


@pytest.mark.parametrize(("person", "is_kept"), [("reviewer", True), ("owner", False)])
def test_the_last_required_second_step_cannot_be_removed(client, request, person, is_kept):
    user = request.getfixturevalue(person)
    make_second_step(user)
    client.force_login(user)
    client.post(REAUTHENTICATE, {"password": PASSWORD})
    page = client.post(DEACTIVATE, follow=True).content.decode()
    assert user.authenticator_set.exists() == is_kept
    assert ("needs a second step" in page) == is_kept


@pytest.mark.parametrize("number", [1, 2])
def test_the_last_required_passkey_cannot_be_removed(client, reviewer, number):
    keys = [
        Authenticator.objects.create(user=reviewer, type="webauthn", data={"name": "A key"})
        for _ in range(number)
    ]
    client.force_login(reviewer)
    client.post(REAUTHENTICATE, {"password": PASSWORD})
    client.post(reverse("mfa_remove_webauthn", args=[keys[0].pk]))
    assert reviewer.authenticator_set.count() == 1


def test_ordinary_people_need_no_second_step(client, owner):
    client.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
    assert client.get(reverse("diagnosis:history")).status_code == 200
