import pytest
from django.contrib.auth.models import Group, Permission

from accounts.access.roles import LEADS, leads, reviewers
from accounts.models import REVIEWERS

REVIEWER_PERMISSIONS = {
    "diagnosis.view_screening",
    "diagnosis.change_screening",
    "diagnosis.view_prediction",
    "diagnosis.view_review",
    "diagnosis.add_review",
    "diagnosis.add_histology",
}


def test_reviewers_can_only_read_and_review(reviewer):
    assert reviewer.get_all_permissions() == REVIEWER_PERMISSIONS


def test_leads_can_only_see_the_figures_and_the_audit_trail(stranger):
    stranger.groups.add(leads())
    assert stranger.get_all_permissions() == {"diagnosis.view_figures", "diagnosis.view_auditentry"}


def test_other_people_have_no_permissions(owner):
    assert owner.get_all_permissions() == set()


@pytest.mark.django_db
def test_the_migrations_create_the_groups():
    assert Group.objects.get(name=LEADS).permissions.count() == 2
    assert Group.objects.get(name=REVIEWERS).permissions.count() == len(REVIEWER_PERMISSIONS)


def test_a_permission_added_by_hand_is_removed(reviewer):
    Group.objects.get(name=REVIEWERS).permissions.add(
        Permission.objects.get(codename="delete_user")
    )
    assert reviewers().permissions.count() == len(REVIEWER_PERMISSIONS)
