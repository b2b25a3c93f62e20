"""The admin's log stores ids only, so that it reveals nothing about deleted accounts."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from tests.factories import make_second_step, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, superuser):
    client.force_login(superuser)
    return client


def logged():
    return list(LogEntry.objects.order_by("pk").values_list("object_repr", "change_message"))


def change_account(admin, owner):
    admin.post(reverse("admin:accounts_user_change", args=[owner.pk]), {"is_active": "on"})
    return f"user:{owner.pk}"


def delete_second_step(admin, owner):
    lost = make_second_step(owner)
    admin.post(reverse("admin:mfa_authenticator_delete", args=[lost.pk]), {"post": "yes"})
    return f"authenticator:{lost.pk}"


@pytest.mark.parametrize("act", [change_account, delete_second_step])
def test_actions_in_the_admin_are_logged_with_ids_instead_of_names(admin, owner, act):
    expected = act(admin, owner)
    ((name, _),) = logged()
    assert name == expected
    # The first page shows Django's messages about the actions, and clears them.
    pages = [admin.get(reverse("admin:index")).content.decode() for _ in range(2)]
    assert owner.email not in pages[1]


def test_several_deletions_at_once_are_logged_with_ids(admin):
    people = [make_user(f"{name}@example.org").pk for name in ("ada", "bea")]
    chosen = {"action": "delete_selected", "_selected_action": people, "post": "yes"}
    admin.post(reverse("admin:accounts_user_changelist"), chosen)
    assert sorted(name for name, _ in logged()) == [f"user:{number}" for number in sorted(people)]


def test_an_added_row_is_logged_without_its_name(superuser, owner):
    added = [{"added": {"name": "reading", "object": owner.email}}, {"changed": {"fields": ["x"]}}]
    LogEntry.objects.log_actions(superuser.pk, [owner], 2, added)
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == "Added reading “…”. Changed x."


@pytest.mark.parametrize("message", ["Changed olga@example.org", ""])
def test_free_text_is_not_logged(superuser, owner, message):
    LogEntry.objects.log_actions(superuser.pk, [owner], 2, message)
    assert logged() == [(f"user:{owner.pk}", "")]
