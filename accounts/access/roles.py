"""The roles: reviewers, who read photos and enter biopsy results, and leads.

Leads see the statistics and the audit trail.
"""

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db.models import QuerySet

REVIEWERS, LEADS = "Reviewers", "Leads"
# Django's admin accepts no form without the "change" permission. Every field of a screening is
# read-only there, so this permission allows nothing but recording a reading and queueing a photo
# again.
REVIEWER_PERMISSIONS = (
    "view_screening",
    "change_screening",
    "view_prediction",
    "view_review",
    "add_review",
    "add_histology",
)
LEAD_PERMISSIONS = ("view_figures", "view_auditentry")


def reviewers() -> Group:
    return _group(REVIEWERS, REVIEWER_PERMISSIONS)


def leads() -> Group:
    return _group(LEADS, LEAD_PERMISSIONS)


def has_reviewer_for(owner: int | None, *, besides: Collection[int | None] = ()) -> bool:
    """Return whether there is a reviewer for a person's photos. Nobody reads their own photos.

    Superusers do not count: they may do everything, but are not clinicians.

    Args:
        owner: the person's key, None for somebody without an account.
        besides: reviewers who do not count, since they have read the photo already.
    """
    candidates = readers_for(owner or 0).exclude(pk__in=[*filter(None, besides)])
    return candidates.exists()


def readers_for(owner: Any) -> QuerySet[Any]:
    """Return who may review a person's photos. `owner` is the key, or an expression for the key."""
    staff = get_user_model()._default_manager.filter(is_active=True, is_staff=True)
    return staff.filter(groups__name=REVIEWERS).exclude(pk=owner)


def _group(name: str, permissions: tuple[str, ...]) -> Group:
    """Return the group with exactly these permissions. Create or change it if necessary."""
    group, _ = Group.objects.get_or_create(name=name)
    group.permissions.set(
        Permission.objects.filter(content_type__app_label="diagnosis", codename__in=permissions)
    )
    return group


def create_groups(**_: Any) -> None:
    reviewers()
    leads()
