"""Signing up and in, resetting the password, and changing the address, as people do it."""

import re

import pytest
from allauth.account.adapter import get_adapter
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.factories import AGREED, PASSWORD, make_screening

User = get_user_model()
SIGN_UP, SIGN_IN = reverse("account_signup"), reverse("account_login")
CODE, RESET = reverse("account_email_verification_sent"), reverse("account_reset_password")
CHANGE_EMAIL, UPLOAD = reverse("account_email"), reverse("diagnosis:upload")
NEW_PASSWORD = "another-quiet-river"


def code_in(message):
    return re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", message.body, re.MULTILINE)[1]


def is_signed_in(client):
    return "_auth_user_id" in client.session


def sign_in(client, email, password=PASSWORD):
    return client.post(SIGN_IN, {"login": email, "password": password})


def test_a_person_signs_up_with_the_code_from_the_mail(client, db):
    response = client.post(SIGN_UP, {"email": "New@Example.org", "password1": PASSWORD, **AGREED})
    assert (response.url, is_signed_in(client)) == (CODE, False)
    (message,) = mail.outbox
    assert message.to == ["new@example.org"]
    assert message.subject.startswith("[SkinScreen] ")
    response = client.post(CODE, {"code": code_in(message)})
    assert (response.url, is_signed_in(client)) == (UPLOAD, True)
    assert User.objects.get().emailaddress_set.get().verified


def test_a_wrong_code_does_not_sign_up(client, db):
    client.post(SIGN_UP, {"email": "new@example.org", "password1": PASSWORD, **AGREED})
    assert client.post(CODE, {"code": "WRNG-CODE"}).context["form"].errors
    assert not is_signed_in(client)


def test_a_code_works_only_in_the_browser_that_requested_it(client, db):
    client.post(SIGN_UP, {"email": "new@example.org", "password1": PASSWORD, **AGREED})
    other = Client()
    other.post(SIGN_UP, {"email": "other@example.org", "password1": PASSWORD, **AGREED})
    other.post(CODE, {"code": code_in(mail.outbox[0])})
    assert not is_signed_in(other)


@pytest.mark.parametrize("email", ["new@example.org", "olga@example.org"])
def test_signing_in_instead_abandons_the_pending_sign_up(client, owner, email):
    client.post(SIGN_UP, {"email": email, "password1": PASSWORD, **AGREED})
    assert client.get(SIGN_IN).status_code == 200
    client.post(SIGN_IN, {"login": owner.email, "password": PASSWORD})
    assert is_signed_in(client)


def test_the_password_is_not_requested_again_right_after_sign_up(client, db):
    client.post(SIGN_UP, {"email": "new@example.org", "password1": PASSWORD, **AGREED})
    client.post(CODE, {"code": code_in(mail.outbox[0])})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_a_code_cannot_be_guessed(client, db):
    client.post(SIGN_UP, {"email": "new@example.org", "password1": PASSWORD, **AGREED})
    for number in range(5):
        client.post(CODE, {"code": f"WRNG-{number:04}"})
    client.post(CODE, {"code": code_in(mail.outbox[0])})
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "password",
    [
        "fourteen signs",
        "anastasia@example.org",
        "passwordpassword",
        "password1234567890",
        "qwertyuiopasdfgh",
        "Sommer2024Sommer2024",
        "skinscreenskinscreen",
        "aaaaaaaaaaaaaaaaaaaa",
        "a" * 200,
    ],
)
def test_a_weak_password_is_refused(client, db, password):
    response = client.post(
        SIGN_UP, {"email": "anastasia@example.org", "password1": password, **AGREED}
    )
    assert response.context["form"]["password1"].errors
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "тихая река за холмом",
        "🐢 turtles all the way 🐢",
        "  spaces at both ends  ",
        "4@8({[<369&#!1/|0$5+7%2" * 3,
        "a few words, again and again, and none of them is left out " * 4,
    ],
)
def test_any_long_password_is_accepted_whatever_its_characters(client, db, password):
    client.post(SIGN_UP, {"email": "new@example.org", "password1": password, **AGREED})
    assert User.objects.get().check_password(password)
    assert not User.objects.get().check_password(password.strip() + "x")


def test_composed_and_decomposed_characters_make_the_same_password(owner):
    owner.set_password("fünf müde Bären schlafen")
    assert owner.check_password("fu\u0308nf mu\u0308de Ba\u0308ren schlafen")


def test_an_unconfirmed_address_cannot_sign_in(client, owner):
    owner.emailaddress_set.update(verified=False)
    assert sign_in(client, owner.email).url == CODE
    assert not is_signed_in(client)


@pytest.mark.parametrize("email", ["olga@example.org", "OLGA@Example.org"])
def test_a_person_signs_in_whatever_the_case_of_the_address(client, owner, email):
    assert sign_in(client, email).url == UPLOAD
    assert is_signed_in(client)


def test_the_message_about_a_wrong_password_suggests_what_to_do(client, owner):
    assert "Forgot your password?”" in sign_in(client, owner.email, "wrong-one").text
    client.force_login(owner)
    again = client.post(reverse("account_reauthenticate"), {"password": "wrong-one"}).text
    fields = {"oldpassword": "wrong-one", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    change = client.post(reverse("account_change_password"), fields).text
    assert all("Type it again." in page for page in (again, change))


def test_a_person_with_spots_lands_on_their_list(client, screening, owner):
    assert sign_in(client, owner.email).url == reverse("diagnosis:home")


def test_a_clinician_lands_on_the_cases(client, reviewer, jpeg):
    make_screening(reviewer, jpeg)
    assert sign_in(client, reviewer.email).url == reverse("diagnosis:queue")


def test_signing_in_leads_to_the_requested_page(client, screening, owner):
    sign_in_page = client.get(screening.get_absolute_url())
    response = client.post(sign_in_page.url, {"login": owner.email, "password": PASSWORD})
    assert response.url == screening.get_absolute_url()


def test_signing_in_leads_to_no_other_site(client, owner):
    address = f"{SIGN_IN}?next=https://evil.example.org/"
    response = client.post(address, {"login": owner.email, "password": PASSWORD})
    assert response.url == UPLOAD


def test_a_person_signs_out(owner_client):
    assert owner_client.post(reverse("account_logout")).url == reverse("diagnosis:home")
    assert not is_signed_in(owner_client)


def test_a_get_request_does_not_sign_out(owner_client):
    owner_client.get(reverse("account_logout"))
    assert is_signed_in(owner_client)


def test_a_new_password_does_not_reopen_an_account_that_was_closed_meanwhile(owner):
    stale = get_user_model().objects.get(pk=owner.pk)
    get_user_model().objects.filter(pk=owner.pk).update(is_active=False)
    get_adapter().set_password(stale, "another-long-and-quiet-river")
    owner.refresh_from_db()
    assert owner.check_password("another-long-and-quiet-river")
    assert not owner.is_active


def test_a_password_is_reset_by_mail(client, owner):
    client.post(RESET, {"email": "OLGA@example.org"})
    (message,) = mail.outbox
    assert message.to == [owner.email]
    link = re.search(r"http://testserver(\S+)", message.body)[1]
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert sign_in(client, owner.email, NEW_PASSWORD).url == UPLOAD
    owner.refresh_from_db()
    assert not owner.check_password(PASSWORD)


@pytest.fixture
def elsewhere(owner):
    client = Client()
    client.force_login(owner)
    return client


def test_changing_the_password_signs_out_everywhere_else(owner_client, elsewhere):
    new = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    owner_client.post(reverse("account_change_password"), new)
    assert owner_client.get(UPLOAD).status_code == 200
    assert elsewhere.get(UPLOAD).status_code == 302


def test_resetting_the_password_signs_out_everywhere(client, owner, elsewhere):
    client.post(RESET, {"email": owner.email})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert elsewhere.get(UPLOAD).status_code == 302


def test_a_link_to_reset_the_password_works_once(client, owner):
    client.post(RESET, {"email": owner.email})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]
    owner.set_password(NEW_PASSWORD)
    owner.save()
    assert client.get(link, follow=True).context["token_fail"]


@pytest.fixture
def reauthenticated(owner_client):
    """Signed in, with a recent reauthentication."""
    owner_client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return owner_client


def test_a_new_address_is_used_only_after_it_is_confirmed(reauthenticated, owner):
    reauthenticated.post(CHANGE_EMAIL, {"email": "New@example.org", "action_add": ""})
    owner.refresh_from_db()
    assert owner.email == "olga@example.org"
    message = next(mail_ for mail_ in mail.outbox if mail_.to == ["new@example.org"])
    reauthenticated.post(CODE, {"code": code_in(message)})
    owner.refresh_from_db()
    assert owner.email == "new@example.org"
    assert [email_address.email for email_address in owner.emailaddress_set.all()] == [
        "new@example.org"
    ]


def test_the_code_page_asks_about_an_account_only_during_sign_up(reauthenticated):
    reauthenticated.post(CHANGE_EMAIL, {"email": "new@example.org", "action_add": ""})
    stranger = Client()
    stranger.post(SIGN_UP, {"email": "other@example.org", "password1": PASSWORD, **AGREED})
    asked = "Already have an account?"
    assert asked not in reauthenticated.get(CODE).text
    assert asked in stranger.get(CODE).text


def test_changing_the_address_asks_for_the_password_again(owner_client):
    answer = owner_client.post(CHANGE_EMAIL, {"email": "new@example.org", "action_add": ""})
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert mail.outbox == []


# Forms reveal nothing to others: the response is the same with and without an account.


def answer_to(client, url, data):
    """Return the pages and texts that follow, without the parts that differ in every request."""
    response = client.post(url, data, follow=True)
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return response.redirect_chain, response.status_code, text.replace(data.get("email", "-"), "")


@pytest.mark.parametrize(
    ("url", "data"),
    [
        (SIGN_UP, {"password1": PASSWORD, **AGREED}),
        (RESET, {}),
    ],
)
def test_a_form_does_not_reveal_who_has_an_account(client, owner, url, data):
    known = answer_to(client, url, data | {"email": "olga@example.org"})
    client.session.flush()
    unknown = answer_to(client, url, data | {"email": "nobody@example.org"})
    assert known == unknown
    assert [message.to for message in mail.outbox] == [["olga@example.org"], ["nobody@example.org"]]


@pytest.fixture
def hashed(owner, monkeypatch):
    """Collect the hashed passwords, since hashing takes most of a response's time."""
    calls = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *args: calls.append(args) or encode(*args)
    )
    return calls


@pytest.mark.parametrize(("url", "times"), [(SIGN_UP, 1), (SIGN_IN, 1), (RESET, 0)])
@pytest.mark.parametrize("email", ["olga@example.org", "nobody@example.org"])
def test_a_form_hashes_as_many_passwords_for_a_known_as_for_a_new_address(
    client, hashed, url, times, email
):
    password = "a wrong but long password"
    fields = {"email": email, "login": email, "password": password, "password1": password}
    client.post(url, fields | AGREED)
    assert len(hashed) == times


@pytest.mark.parametrize("sent", [{"code": "WRNG-CODE"}, {"action": "resend"}])
def test_the_code_page_does_not_reveal_who_has_an_account(client, owner, sent):
    pages = []
    for email in ("olga@example.org", "nobody@example.org"):
        client.post(SIGN_UP, {"email": email, "password1": PASSWORD, **AGREED})
        pages.append(answer_to(client, CODE, sent)[2].replace(email, ""))
        client.session.flush()
    assert pages[0] == pages[1]


def test_signing_in_does_not_reveal_who_has_an_account(client, owner):
    pages = [
        answer_to(client, SIGN_IN, {"login": email, "password": "wrong"})[2].replace(email, "")
        for email in ("olga@example.org", "nobody@example.org")
    ]
    assert pages[0] == pages[1]


def test_changing_the_address_does_not_reveal_who_has_an_account(reauthenticated, owner, stranger):
    known = answer_to(reauthenticated, CHANGE_EMAIL, {"email": stranger.email, "action_add": ""})
    owner.emailaddress_set.exclude(email=owner.email).delete()
    unknown = answer_to(
        reauthenticated, CHANGE_EMAIL, {"email": "nobody@example.org", "action_add": ""}
    )
    assert known == unknown
