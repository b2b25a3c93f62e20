"""Nothing new is stored about somebody without consent; what is stored stays theirs."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.privacy import consent
from diagnosis.models import AuditEntry, Screening
from tests.factories import AGREED, PASSWORD

CONSENT, UPLOAD = reverse("accounts:consent"), reverse("diagnosis:upload")
SIGN_UP = reverse("account_signup")


@pytest.fixture
def unasked(client, owner):
    """A person whose account is older than the consent form."""
    User.objects.update(consent_version="", consented_at=None)
    client.force_login(owner)
    return client


def address(name, screening):
    key = screening.lesion_id if name.startswith("lesion") else screening.pk
    return reverse(f"diagnosis:{name}", args=[key])


@pytest.mark.parametrize("left_out", AGREED)
def test_nobody_signs_up_without_agreeing(client, db, left_out):
    data = {"email": "new@example.org", "password1": PASSWORD, **AGREED}
    del data[left_out]
    assert client.post(SIGN_UP, data).status_code == 200
    assert not User.objects.exists()


def test_signing_up_stores_what_was_agreed_to(client, db):
    client.post(SIGN_UP, {"email": "new@example.org", "password1": PASSWORD, **AGREED})
    assert consent.is_given(User.objects.get())


def test_an_account_from_before_is_asked_before_anything_new_is_kept(unasked, upload):
    for answer in (unasked.get(UPLOAD), unasked.post(UPLOAD, {"photo": upload})):
        assert (answer.status_code, answer.url) == (302, CONSENT)
    assert not Screening.objects.exists()


@pytest.mark.parametrize("name", ["questions", "scale", "lesion_edit"])
def test_nothing_new_is_said_of_a_photo_either(unasked, screening, name):
    assert unasked.post(address(name, screening), {}).url == CONSENT


@pytest.mark.parametrize("page", ["detail", "lesion", "photo", "thumbnail"])
def test_what_is_stored_can_still_be_read(unasked, make, page):
    assert unasked.get(address(page, make("done", tier="watch"))).status_code == 200


@pytest.mark.parametrize("page", ["diagnosis:history", "diagnosis:data", "accounts:delete"])
def test_the_pages_of_the_account_stay_open(unasked, page):
    assert unasked.get(reverse(page)).status_code == 200


def test_a_photo_can_still_be_deleted(unasked, screening):
    unasked.post(address("delete", screening))
    assert not Screening.objects.exists()


def test_whoever_agrees_goes_on_and_it_is_in_the_audit_trail(unasked, owner):
    assert unasked.post(CONSENT, {}).status_code == 200
    assert unasked.post(CONSENT, AGREED).url == UPLOAD
    assert unasked.get(UPLOAD).status_code == 200
    entry = AuditEntry.objects.get(action="consent")
    assert (entry.actor, entry.detail) == (owner.pk, {"privacy_notice": consent.VERSION})


def test_a_new_privacy_notice_asks_everybody_again(owner_client, monkeypatch):
    assert owner_client.get(UPLOAD).status_code == 200
    monkeypatch.setattr(consent, "VERSION", "2030-01")
    assert owner_client.get(UPLOAD).url == CONSENT


def test_clinicians_read_without(client, reviewer):
    User.objects.update(consent_version="", consented_at=None)
    client.force_login(reviewer)
    assert client.post(reverse("diagnosis:take_next")).url == reverse("diagnosis:queue")
