"""Without consent, no new data about a person is stored. Stored data remains accessible to them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.privacy import consent
from diagnosis.models import AuditEntry, Screening
from tests.factories import AGREED, PASSWORD

CONSENT, UPLOAD = reverse("accounts:consent"), reverse("diagnosis:upload")
SIGN_UP, SETTINGS = reverse("account_signup"), reverse("accounts:settings")


@pytest.fixture
def without_consent(client, owner):
    """A person whose account is older than the consent form."""
    User.objects.update(consent_version="", consented_at=None)
    client.force_login(owner)
    return client


def address(name, screening):
    key = screening.lesion_id if name.startswith("lesion") else screening.pk
    return reverse(f"diagnosis:{name}", args=[key])


@pytest.mark.parametrize("version", ["", "an earlier one", consent.VERSION])
def test_a_person_without_current_consent_is_asked_at_the_next_sign_in(client, owner, version):
    at = timezone.now() if version else None
    User.objects.update(consent_version=version, consented_at=at)
    data = {"login": owner.email, "password": PASSWORD}
    response = client.post(reverse("account_login"), data)
    assert (response.headers["Location"] == CONSENT) is (version != consent.VERSION)


@pytest.mark.parametrize("left_out", AGREED)
def test_sign_up_requires_consent(client, db, left_out):
    data = {"email": "new@example.org", "password1": PASSWORD, **AGREED}
    del data[left_out]
    assert client.post(SIGN_UP, data).status_code == 200
    assert not User.objects.exists()


def test_sign_up_stores_the_consent(client, db):
    client.post(SIGN_UP, {"email": "new@example.org", "password1": PASSWORD, **AGREED})
    assert consent.is_given(User.objects.get())


def test_a_person_without_consent_is_asked_before_a_photo_is_stored(without_consent, upload):
    for answer in (without_consent.get(UPLOAD), without_consent.post(UPLOAD, {"photo": upload})):
        assert (answer.status_code, answer.url) == (302, CONSENT)
    assert not Screening.objects.exists()


def test_without_consent_a_skin_type_is_not_stored_but_can_be_cleared(without_consent, owner):
    User.objects.update(skin_type="II")
    for answer, url, stored in (("V", CONSENT, "II"), ("unsaid", SETTINGS, "")):
        answered = without_consent.post(reverse("accounts:skin"), {"skin_type": answer})
        owner.refresh_from_db()
        assert (answered.url, owner.skin_type) == (url, stored)


@pytest.mark.parametrize("name", ["questions", "scale", "lesion_edit"])
def test_no_answers_about_a_photo_are_stored_without_consent(without_consent, screening, name):
    assert without_consent.post(address(name, screening), {}).url == CONSENT


@pytest.mark.parametrize("page", ["detail", "lesion", "photo", "thumbnail"])
def test_stored_data_can_be_read_without_consent(without_consent, make, page):
    assert without_consent.get(address(page, make("done", tier="watch"))).status_code == 200


@pytest.mark.parametrize("page", ["diagnosis:history", "diagnosis:data", "accounts:delete"])
def test_the_account_pages_need_no_consent(without_consent, page):
    assert without_consent.get(reverse(page)).status_code == 200


def test_a_photo_can_be_deleted_without_consent(without_consent, screening):
    without_consent.post(address("delete", screening))
    assert not Screening.objects.exists()


def test_consent_is_audited_and_opens_the_requested_page(without_consent, owner):
    assert without_consent.post(CONSENT, {}).status_code == 200
    assert without_consent.post(CONSENT, AGREED).url == UPLOAD
    assert without_consent.get(UPLOAD).status_code == 200
    entry = AuditEntry.objects.get(action="consent")
    assert (entry.actor, entry.detail) == (owner.pk, {"privacy_notice": consent.VERSION})


def test_a_new_privacy_notice_asks_everybody_again(owner_client, monkeypatch):
    assert owner_client.get(UPLOAD).status_code == 200
    monkeypatch.setattr(consent, "VERSION", "2030-01")
    assert owner_client.get(UPLOAD).url == CONSENT


def test_clinicians_need_no_consent(client, reviewer):
    User.objects.update(consent_version="", consented_at=None)
    client.force_login(reviewer)
    assert client.post(reverse("diagnosis:take_next")).url == reverse("diagnosis:queue")
