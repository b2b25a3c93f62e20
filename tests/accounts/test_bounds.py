"""Forms refuse overlong texts before they process them."""

import json

import pytest
from allauth.account.forms import default_token_generator
from django.urls import reverse
from django.utils.http import int_to_base36

from accounts import bounds, models
from tests.factories import AGREED, PASSWORD, make_second_step

# Combining marks, which normalisation sorts in quadratic time.
MARKS = "a" + "\u0316\u0301" * 50_000
TOO_LONG = "at most 1024 characters"
NEW = {"password1": MARKS, "password2": MARKS}


@pytest.fixture(autouse=True)
def _no_work(monkeypatch):
    """Fail the test if a text of more than 1024 characters is normalised."""
    original = models.normalize

    def normalize(form, text):
        assert len(text) <= 1024
        return original(form, text)

    monkeypatch.setattr(models, "normalize", normalize)


def test_a_too_long_password_is_always_wrong(owner):
    assert not owner.check_password(MARKS)


def test_a_too_long_password_cannot_be_set(owner):
    with pytest.raises(ValueError, match="1024 characters at most"):
        owner.set_password(MARKS)


def test_the_longest_password_works(owner):
    longest = MARKS[:1024]
    owner.set_password(longest)
    assert owner.check_password(longest)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("account_login", {"login": "olga@example.org", "password": MARKS}),
        ("account_login", {"login": "nobody@example.org", "password": MARKS}),
        ("account_signup", {"email": "new@example.org", "password1": MARKS, **AGREED}),
    ],
)
def test_public_forms_report_a_too_long_text(client, owner, name, fields):
    assert TOO_LONG in client.post(reverse(name), fields).content.decode()


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("account_reauthenticate", {"password": MARKS}),
        ("account_change_password", NEW | {"oldpassword": MARKS}),
        ("accounts:delete", {"password": MARKS}),
    ],
)
def test_forms_for_signed_in_people_report_a_too_long_text(owner_client, name, fields):
    assert TOO_LONG in owner_client.post(reverse(name), fields).content.decode()


def test_the_form_for_a_forgotten_password_reports_a_too_long_text(client, owner):
    key = f"{int_to_base36(owner.pk)}-{default_token_generator.make_token(owner)}"
    link = reverse("account_reset_password_from_key", args=key.split("-", 1))
    assert TOO_LONG in client.post(client.get(link).url, NEW).content.decode()


@pytest.mark.parametrize("name", ["auth_user_password_change", "accounts_user_add"])
def test_the_admins_forms_report_a_too_long_text(client, superuser, owner, name):
    client.force_login(superuser)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    url = reverse(f"admin:{name}", args=[owner.pk] if "change" in name else [])
    fields = NEW | {"email": "new@example.org", "usable_password": "true"}
    assert TOO_LONG in client.post(url, fields).content.decode()


def test_the_form_for_a_code_reports_a_too_long_text(client, owner):
    make_second_step(owner)
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    page = client.post(reverse("mfa_authenticate"), {"code": MARKS})
    assert TOO_LONG in page.content.decode()


@pytest.mark.parametrize(
    "credential",
    [
        "[" * 10_000,
        "1" * 5_000,
        json.dumps({"response": "x" * bounds.LONGEST_CREDENTIAL}),
        "null",
        "[]",
        "7",
        '{"response": 1}',
        '{"response": {"userHandle": 1}}',
    ],
)
def test_an_invalid_passkey_response_is_refused(client, db, credential):
    response = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert (response.status_code, response.url) == (302, reverse("account_login"))
