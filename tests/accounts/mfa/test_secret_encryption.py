"""No table holds the secrets of second steps in plain text."""

import logging
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.mfa import secret_encryption
from tests.factories import PASSWORD, SECRET, code_of_app, make_second_step

ROOT, NEW_ROOT = "r" * 43, "n" * 43
STEP, INDEX = reverse("mfa_authenticate"), reverse("mfa_index")


@pytest.fixture
def halfway(client, owner):
    make_second_step(owner)
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    return client


def test_a_secret_is_stored_encrypted(owner):
    stored = make_second_step(owner).data["secret"]
    assert SECRET not in stored
    assert secret_encryption.decrypt(stored) == SECRET


def test_encrypting_a_secret_twice_gives_different_ciphertexts():
    assert secret_encryption.encrypt(SECRET) != secret_encryption.encrypt(SECRET)


def test_an_old_root_key_still_decrypts(settings, halfway):
    settings.ROOT_KEYS = [NEW_ROOT, *settings.ROOT_KEYS]
    assert halfway.post(STEP, {"code": code_of_app()}).status_code == 302


def test_without_the_root_key_a_correct_code_is_not_called_wrong(settings, halfway, caplog):
    settings.ROOT_KEYS = [NEW_ROOT]
    response = halfway.post(STEP, {"code": code_of_app()})
    assert response.status_code == 503
    assert "your code may be right" in response.content.decode()
    assert "SKINSCREEN_ROOT_KEYS lacks the root" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


def test_without_the_root_key_no_code_is_accepted(settings, halfway):
    settings.ROOT_KEYS = [NEW_ROOT]
    halfway.post(STEP, {"code": code_of_app("")})
    assert "_auth_user_id" not in halfway.session


def test_secrets_in_plain_text_are_encrypted(owner):
    app = make_second_step(owner)
    codes = Authenticator.objects.create(
        user=owner, type="recovery_codes", data={"seed": "5eed", "used_mask": 3}
    )
    Authenticator.objects.filter(pk=app.pk).update(data={"secret": SECRET})
    migration = import_module("accounts.migrations.0007_sealed_second_steps")
    migration.encrypt(apps, None)
    for step, name, text in ((app, "secret", SECRET), (codes, "seed", "5eed")):
        step.refresh_from_db()
        assert secret_encryption.decrypt(step.data[name]) == text
    assert codes.data["used_mask"] == 3
    migration.decrypt(apps, None)
    app.refresh_from_db()
    assert app.data == {"secret": SECRET}


def test_the_old_root_key_is_not_needed_after_a_rotation(settings, owner, capsys):
    app = make_second_step(owner)
    encrypted_codes = {
        "seed": secret_encryption.encrypt("5eed"),
        "migrated_codes": [secret_encryption.encrypt("1234")],
    }
    codes = Authenticator.objects.create(
        user=owner, type="recovery_codes", data=encrypted_codes | {"used_mask": 3}
    )
    settings.ROOT_KEYS = [NEW_ROOT, *settings.ROOT_KEYS]
    for _ in range(2):
        call_command("rotate_second_steps")
    assert capsys.readouterr().out == "Second steps: 2 encrypted with the first key.\n" * 2
    settings.ROOT_KEYS = [NEW_ROOT]
    app.refresh_from_db()
    codes.refresh_from_db()
    assert secret_encryption.decrypt(app.data["secret"]) == SECRET
    assert secret_encryption.decrypt(codes.data["seed"]) == "5eed"
    assert secret_encryption.decrypt(codes.data["migrated_codes"][0]) == "1234"
    assert codes.data["used_mask"] == 3


def test_a_key_rotation_reports_how_many_secrets_it_cannot_decrypt(settings, owner):
    make_second_step(owner)
    settings.ROOT_KEYS = [NEW_ROOT]
    with pytest.raises(CommandError, match="1 whose root key is missing"):
        call_command("rotate_second_steps")
