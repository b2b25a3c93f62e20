"""The roles: reviewers, who read photos and enter biopsy results, and leads.

Leads see the statistics and the audit trail.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission

from accounts.models import REVIEWERS

LEADS = "Leads"
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
