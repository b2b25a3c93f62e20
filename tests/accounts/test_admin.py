"""An operator's changes to an account are audited, and its owner gets a mail."""

from types import SimpleNamespace

import pytest
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.access.roles import leads, reviewers
from accounts.sessions import session_lifetime
from diagnosis.models import AuditEntry
from tests.factories import PASSWORD, code_of_app, make_second_step

NEW = "another-long-and-quiet-river"
CHANGE_PASSWORD = reverse("account_change_password")


@pytest.fixture
def admin(client, superuser):
    client.force_login(superuser)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def change(client, user, **fields):
    url = reverse("admin:accounts_user_change", args=[user.pk])
    return client.post(url, {"is_active": "on"} | fields)


def set_password(client, user, **fields):
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    new = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    return client.post(url, new | fields)


def entries(user):
    """Return each change's author and detail, newest first."""
    rows = AuditEntry.objects.filter(action="access", subject=f"user:{user.pk}")
    return [(entry.actor, entry.detail) for entry in rows]


@pytest.mark.parametrize(
    ("fields", "detail", "words"),
    [
        ({"is_staff": "on"}, {"is_staff": True}, "can see what other people sent"),
        ({"is_superuser": "on"}, {"is_superuser": True}, "can change other accounts"),
        ({"is_active": ""}, {"is_active": False}, "nobody can sign in"),
    ],
)
def test_a_changed_flag_is_audited_and_its_owner_gets_a_mail(admin, owner, fields, detail, words):
    change(admin, owner, **fields)
    assert [entry for _, entry in entries(owner)] == [detail]
    (message,) = mail.outbox
    assert message.to == [owner.email]
    assert words in message.body


def test_a_granted_or_removed_role_is_audited_and_its_owner_gets_a_mail(admin, superuser, owner):
    change(admin, owner, groups=[reviewers().pk])
    change(admin, owner)
    assert entries(owner) == [
        (superuser.pk, {"groups_removed": [reviewers().pk]}),
        (superuser.pk, {"groups_added": [reviewers().pk]}),
    ]
    lines = [
        next(line for line in message.body.splitlines() if "groups" in line)
        for message in mail.outbox
    ]
    assert lines == [
        "- The groups of your account: Reviewers.",
        "- The groups of your account: none.",
    ]


def test_saving_without_a_change_is_not_audited_and_sends_no_mail(admin, owner):
    change(admin, owner)
    assert (entries(owner), mail.outbox) == ([], [])


def test_an_operator_changes_only_the_fields_that_they_changed(superuser, owner, rf):
    stale = get_user_model().objects.get(pk=owner.pk)
    stale.is_staff = True
    owner.set_password(NEW)
    owner.is_active = False
    owner.save()
    form = SimpleNamespace(changed_data=["is_staff", "groups"])
    site.get_model_admin(get_user_model()).save_model(rf.post("/"), stale, form, change=True)
    password = owner.password
    owner.refresh_from_db()
    assert (owner.is_staff, owner.is_active, owner.password) == (True, False, password)


def test_a_password_change_by_an_operator_is_audited_and_its_owner_gets_a_mail(
    admin, superuser, owner
):
    elsewhere = Client()
    elsewhere.force_login(owner)
    set_password(admin, owner)
    owner.refresh_from_db()
    assert owner.check_password(NEW)
    assert entries(owner) == [(superuser.pk, {"password": "new"})]
    assert [message.to for message in mail.outbox] == [[owner.email]]
    assert elsewhere.get(CHANGE_PASSWORD).status_code == 302


def test_a_password_removal_by_an_operator_is_audited_and_its_owner_gets_a_mail(
    admin, superuser, owner
):
    set_password(admin, owner, usable_password="false", **{"unset-password": "1"})
    owner.refresh_from_db()
    assert not owner.has_usable_password()
    assert entries(owner) == [(superuser.pk, {"password": "new"})]
    assert [message.to for message in mail.outbox] == [[owner.email]]


@pytest.mark.parametrize("is_own", [False, True])
def test_an_operators_session_can_be_ended_after_it_set_a_password(
    client, superuser, owner, is_own
):
    make_second_step(superuser)
    client.post(reverse("account_login"), {"login": superuser.email, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code_of_app()})
    assert "/change/" in set_password(client, superuser if is_own else owner).url
    assert client.get(CHANGE_PASSWORD).status_code == 200
    session_lifetime.end_everywhere(superuser)
    assert client.get(CHANGE_PASSWORD).status_code == 302


def test_an_operators_stolen_session_cannot_set_a_password(client, superuser, owner):
    client.force_login(superuser)
    response = set_password(client, owner)
    assert response.url.startswith(reverse("account_reauthenticate"))
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_an_operator_cannot_set_a_weak_password(admin, owner):
    set_password(admin, owner, password1="passwordpassword", password2="passwordpassword")
    assert (entries(owner), mail.outbox) == ([], [])


@pytest.mark.parametrize("name", ["password_change", "password_change_done"])
def test_the_admins_password_pages_redirect_to_the_account_page(client, reviewer, name):
    client.force_login(reviewer)
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post(reverse(f"admin:{name}"), fields).url == CHANGE_PASSWORD
    reviewer.refresh_from_db()
    assert reviewer.check_password(PASSWORD)


def test_the_owner_of_a_removed_second_step_gets_a_mail(admin, owner):
    lost = make_second_step(owner)
    admin.post(reverse("admin:mfa_authenticator_delete", args=[lost.pk]), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": make_second_step(owner).pk}
    admin.post(reverse("admin:mfa_authenticator_changelist"), chosen | {"post": "yes"})
    assert [message.to for message in mail.outbox] == [[owner.email]] * 2
    assert "second step was removed" in mail.outbox[0].body


def test_the_admin_has_no_pages_for_addresses_and_groups(admin):
    """Staff who could change an address could take over the account."""
    page = admin.get(reverse("admin:index")).content.decode()
    assert "emailaddress" not in page
    assert "/auth/group/" not in page


def test_the_list_shows_who_has_a_second_step(admin, owner, stranger):
    make_second_step(owner)
    page = admin.get(reverse("admin:accounts_user_changelist")).content.decode()
    rows = {
        email: row
        for row in page.split("<tr>")
        for email in (owner.email, stranger.email)
        if email in row
    }
    assert [
        rows[user.email].split("field-has_second_step")[1].split("alt=")[1][:6]
        for user in (owner, stranger)
    ] == [
        '"True"',
        '"False',
    ]


# Changes outside the admin.


def test_a_password_change_by_its_owner_is_audited(owner_client, owner):
    owner_client.post(
        CHANGE_PASSWORD, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )
    assert entries(owner) == [(owner.pk, {"password": "new"})]


def test_a_role_granted_by_command_is_audited(owner):
    call_command("make_reviewer", owner.email, "--lead")
    assert [detail for _, detail in entries(owner)] == [
        {"groups_added": sorted([leads().pk, reviewers().pk])},
        {"is_staff": True},
    ]


def test_roles_added_and_removed_through_the_group_are_audited(owner, stranger):
    reviewers().user_set.add(owner, stranger)
    reviewers().user_set.clear()
    for user in (owner, stranger):
        assert [list(detail) for _, detail in entries(user)] == [
            ["groups_cleared"],
            ["groups_added"],
        ]


def test_a_superuser_created_by_command_is_audited(db):
    user = get_user_model().objects.create_superuser("boss@example.org", PASSWORD)
    assert entries(user) == [(None, {"is_staff": True, "is_superuser": True})]


def test_signing_in_and_rehashing_are_not_audited_as_a_change_of_password(client, owner, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    owner.refresh_from_db()
    assert owner.password.startswith("scrypt")
    assert entries(owner) == []


@pytest.mark.parametrize("permission", ["is_staff", "is_superuser", "groups"])
def test_an_unconfirmed_account_cannot_get_rights(admin, owner, permission):
    owner.emailaddress_set.update(verified=False)
    right = {permission: reviewers().pk if permission == "groups" else "on"}
    page = change(admin, owner, **right).content.decode()
    assert "This address was never confirmed" in page
    owner.refresh_from_db()
    assert (owner.is_staff, owner.is_superuser, owner.groups.count()) == (False, False, 0)


def test_rights_can_be_removed_from_an_unconfirmed_account(admin, reviewer):
    reviewer.emailaddress_set.update(verified=False)
    assert change(admin, reviewer).status_code == 302
    reviewer.refresh_from_db()
    assert (reviewer.is_staff, reviewer.groups.count()) == (False, 0)


@pytest.mark.parametrize("is_chosen_from_the_list", [False, True])
def test_the_owner_of_a_deleted_account_gets_a_mail(admin, owner, is_chosen_from_the_list):
    url, data = reverse("admin:accounts_user_delete", args=[owner.pk]), {"post": "yes"}
    if is_chosen_from_the_list:
        url = reverse("admin:accounts_user_changelist")
        data |= {"action": "delete_selected", "_selected_action": owner.pk}
    admin.post(url, data)
    assert not get_user_model().objects.filter(pk=owner.pk).exists()
    messages = [
        message for message in mail.outbox if message.subject.endswith("Your account was deleted")
    ]
    assert [message.to for message in messages] == [[owner.email]]
    assert "everything in it" in messages[0].body
