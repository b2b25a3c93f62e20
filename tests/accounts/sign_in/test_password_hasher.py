"""Hashing passwords never occupies every thread."""

from contextlib import ExitStack

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.urls import reverse

from accounts.sign_in import password_hasher
from skinscreen import gunicorn
from tests.factories import AGREED, PASSWORD

SIGN_IN = reverse("account_login")


@pytest.fixture(autouse=True)
def _hasher(settings, monkeypatch):
    settings.PASSWORD_HASHERS = ["accounts.sign_in.password_hasher.CappedPBKDF2PasswordHasher"]
    monkeypatch.setattr(password_hasher.CappedPBKDF2PasswordHasher, "iterations", 1)


@pytest.fixture
def crowd():
    """Other requests that take every slot for a hash. `crowd.close()` frees the slots."""
    with ExitStack() as stack:
        for _ in range(password_hasher.MOST_AT_ONCE):
            stack.enter_context(password_hasher.hash_slot())
        yield stack


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        (SIGN_IN, {"login": "olga@example.org", "password": PASSWORD}),
        (SIGN_IN, {"login": "nobody@example.org", "password": PASSWORD}),
        (reverse("account_signup"), {"email": "new@example.org", "password1": PASSWORD, **AGREED}),
        (reverse("account_signup"), {"email": "olga@example.org", "password1": PASSWORD, **AGREED}),
    ],
)
def test_too_many_concurrent_hashes_are_answered_with_retry_after(
    client, owner, crowd, url, fields
):
    response = client.post(url, fields)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "try again in a few seconds" in response.content.decode()
    crowd.close()
    assert client.post(url, fields).status_code != 503


def test_a_correct_password_is_not_called_wrong_while_too_many_are_hashed(client, owner, crowd):
    with pytest.raises(password_hasher.TooManyHashesError):
        owner.check_password(PASSWORD)


def test_one_thread_remains_for_other_requests():
    assert gunicorn.threads > password_hasher.MOST_AT_ONCE


def test_stored_passwords_stay_valid(owner):
    owner.password = PBKDF2PasswordHasher().encode(PASSWORD, "a salt of 23 characters", 1)
    assert owner.check_password(PASSWORD)
