import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from diagnosis.models import Review, Screening
from tests.diagnosis.photos.test_photo_files import stored_files
from tests.factories import PASSWORD, make_prediction, make_review, make_screening

User = get_user_model()
DELETE, HOME = reverse("accounts:delete"), reverse("diagnosis:home")


def test_the_settings_link_to_everything_that_a_person_can_change(owner_client, owner):
    page = owner_client.get(reverse("accounts:settings")).content.decode()
    assert owner.email in page
    links = ("account_email", "account_change_password", "accounts:reminders", "accounts:delete")
    for name in (*links, "account_logout"):
        assert reverse(name) in page


def test_the_settings_link_to_the_answers_about_each_person(owner_client, owner):
    page = owner_client.get(reverse("accounts:settings")).content.decode()
    assert reverse("accounts:skin") in page
    people = [owner.profiles.create(name=name) for name in ("", "Ruth")]
    page = owner_client.get(reverse("accounts:settings")).content.decode()
    assert [
        person for person in people if reverse("diagnosis:person", args=[person.pk]) not in page
    ] == []
    assert "About Ruth" in page
    assert reverse("accounts:skin") not in page


def test_deleting_an_account_deletes_everything_in_it(
    owner_client, screening, reviewer, home, django_capture_on_commit_callbacks
):
    make_prediction(screening)
    make_review(screening, reviewer)
    with django_capture_on_commit_callbacks(execute=True):
        response = owner_client.post(DELETE, {"password": PASSWORD}, follow=True)
    assert response.redirect_chain == [(HOME, 302)]
    assert "has been deleted" in response.content.decode()
    assert list(User.objects.all()) == [reviewer]
    assert (Screening.objects.count(), Review.objects.count(), stored_files(home)) == (0, 0, [])


def test_deleting_an_account_keeps_the_photos_of_other_people(owner_client, stranger, jpeg):
    kept = make_screening(stranger, jpeg)
    owner_client.post(DELETE, {"password": PASSWORD})
    assert Screening.objects.get() == kept


@pytest.mark.parametrize("password", ["", "wrong", f" {PASSWORD}", PASSWORD.upper()])
def test_a_wrong_password_deletes_nothing(owner_client, owner, password):
    response = owner_client.post(DELETE, {"password": password})
    assert response.context["form"].errors
    assert User.objects.get() == owner
    assert "_auth_user_id" in owner_client.session


def test_opening_the_confirmation_deletes_nothing(owner_client, owner):
    owner_client.get(DELETE)
    assert User.objects.get() == owner


def test_the_deletion_form_limits_wrong_passwords(owner_client, owner):
    for _ in range(10):
        owner_client.post(DELETE, {"password": "wrong"})
    assert owner_client.post(DELETE, {"password": PASSWORD}).status_code == 429
    assert User.objects.get() == owner


def test_a_deleted_account_is_signed_out_everywhere(owner_client, owner):
    elsewhere = Client()
    elsewhere.force_login(owner)
    owner_client.post(DELETE, {"password": PASSWORD})
    assert "_auth_user_id" not in owner_client.session
    for client in (owner_client, elsewhere):
        assert reverse("account_login") in client.get(reverse("diagnosis:history")).url


def test_a_skin_type_is_stored_and_cleared(owner_client, owner):
    for answer, stored in (("V", "V"), ("unsaid", "")):
        owner_client.post(reverse("accounts:skin"), {"skin_type": answer})
        owner.refresh_from_db()
        assert owner.skin_type == stored


def test_no_skin_type_is_preselected_for_a_person_who_has_given_none(owner_client):
    assert "checked" not in owner_client.get(reverse("accounts:skin")).content.decode()


def test_an_unknown_skin_type_is_refused(owner_client, owner):
    owner_client.post(reverse("accounts:skin"), {"skin_type": "VII"})
    owner.refresh_from_db()
    assert owner.skin_type == ""
