import pytest
from django.contrib.auth.models import Group, Permission

from accounts.access.roles import LEADS, REVIEWERS, leads, reviewers

CAN = {
    "diagnosis.view_screening",
    "diagnosis.change_screening",
    "diagnosis.view_prediction",
    "diagnosis.view_review",
    "diagnosis.add_review",
    "diagnosis.add_histology",
}


def test_reviewers_can_read_and_review_and_nothing_else(reviewer):
    assert reviewer.get_all_permissions() == CAN


def test_leads_see_the_figures_and_the_audit_trail_and_nothing_else(stranger):
    stranger.groups.add(leads())
    assert stranger.get_all_permissions() == {"diagnosis.view_figures", "diagnosis.view_auditentry"}


def test_everybody_else_can_do_nothing_of_it(owner):
    assert owner.get_all_permissions() == set()


@pytest.mark.django_db
def test_the_groups_are_there_after_the_migrations():
    assert Group.objects.get(name=LEADS).permissions.count() == 2
    assert Group.objects.get(name=REVIEWERS).permissions.count() == len(CAN)


def test_a_permission_that_was_added_by_hand_does_not_stay(reviewer):
    Group.objects.get(name=REVIEWERS).permissions.add(
        Permission.objects.get(codename="delete_user")
    )
    assert reviewers().permissions.count() == len(CAN)
