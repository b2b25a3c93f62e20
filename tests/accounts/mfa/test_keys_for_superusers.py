"""If the setting requires it, superusers need a passkey or a security key."""

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse

from accounts.mfa import mfa_status
from tests.factories import PASSWORD, code_of_app, make_second_step

SIGN_IN, STEP = reverse("account_login"), reverse("mfa_authenticate")
INDEX, ADMIN = reverse("mfa_index"), reverse("admin:index")
KEY_PROOF = reverse("mfa_reauthenticate_webauthn")


@pytest.fixture(autouse=True)
def _keys(settings):
    settings.SUPERUSERS_NEED_KEY = True


def make_key(user):
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "A key"})


def sign_in(client, user):
    """Sign in with password and an app's code."""
    make_second_step(user)
    client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    client.post(STEP, {"code": code_of_app()})
    return client


def prove_key(client, user):
    request = HttpRequest()
    request.session, request.user = client.session, user
    mfa_status.record(request, user)
    request.session.save()
    client.cookies["sessionid"] = request.session.session_key


def test_an_apps_code_is_not_enough(client, superuser):
    response = sign_in(client, superuser).get(ADMIN, follow=True)
    assert response.redirect_chain == [(INDEX, 302)]
    assert "Add a passkey or a security key before you go on" in response.content.decode()
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_a_superuser_with_a_key_is_asked_for_it(client, superuser):
    sign_in(client, superuser)
    make_key(superuser)
    assert client.get(ADMIN).url == f"{KEY_PROOF}?next=%2Fadmin%2F"
    prove_key(client, superuser)
    assert client.get(ADMIN).status_code == 200


def test_a_session_with_only_the_password_cannot_add_a_key(client, superuser):
    client.post(SIGN_IN, {"login": superuser.email, "password": PASSWORD})
    make_second_step(superuser)
    url = reverse("mfa_add_webauthn")
    for response in (client.get(url), client.post(url)):
        assert response.url.startswith(reverse("mfa_reauthenticate"))


def test_the_last_key_cannot_be_removed_even_with_an_app(client, superuser):
    sign_in(client, superuser)
    key = make_key(superuser)
    prove_key(client, superuser)
    client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert superuser.authenticator_set.filter(type="webauthn").exists()


@pytest.mark.parametrize("person", ["reviewer", "owner"])
def test_other_people_need_no_key(client, request, person):
    user = request.getfixturevalue(person)
    response = sign_in(client, user).get(reverse("diagnosis:history"))
    assert response.status_code == 200


def test_without_the_setting_a_code_is_enough(client, superuser, settings):
    settings.SUPERUSERS_NEED_KEY = False
    assert sign_in(client, superuser).get(ADMIN).status_code == 200
