"""Who may do what: reviewers are a group with just the permissions to read and to review."""

from typing import Any

from django.contrib.auth.models import Group, Permission

REVIEWERS = "Reviewers"
# Django's admin asks for "change" before it takes any form; every field of a screening is
# read-only there, so what the permission allows is to record a reading and to queue again.
REVIEWER_PERMISSIONS = (
    "view_screening",
    "change_screening",
    "view_prediction",
    "view_review",
    "add_review",
)


def reviewers() -> Group:
    """Return the group, with exactly its permissions."""
    group, _ = Group.objects.get_or_create(name=REVIEWERS)
    group.permissions.set(
        Permission.objects.filter(
            content_type__app_label="diagnosis", codename__in=REVIEWER_PERMISSIONS
        )
    )
    return group


def create_reviewers(**_: Any) -> None:
    reviewers()
