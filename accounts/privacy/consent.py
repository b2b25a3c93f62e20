"""Explicit consent to keep photos of one's skin, which are health data."""

from typing import Final

from django.db.models.functions import Now
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import consent_given

# Of the privacy notice that people agree to; a new one asks everybody again.
VERSION: Final = "2026-11"
PAGE: Final = "accounts:consent"
# What somebody who has not agreed yet may still send: deletions, the export, and the withdrawal of
# an earlier agreement. Clinicians read what others sent.
FREE: Final = {
    "diagnosis:delete",
    "diagnosis:lesion_delete",
    "diagnosis:export",
    "diagnosis:consent",
}
REVIEWING: Final = "/review/"
UPLOAD: Final = "diagnosis:upload"


def is_given(user: User) -> bool:
    return user.consent_version == VERSION


def give(user: User) -> None:
    """Store that a person agrees, and to which text; who agreed already changes nothing."""
    others = User.objects.filter(pk=user.pk).exclude(consent_version=VERSION)
    if others.update(consent_version=VERSION, consented_at=Now()):
        consent_given.send(User, user=user, version=VERSION)
    user.refresh_from_db(fields=["consent_version", "consented_at"])


def is_waited_for(request: HttpRequest, name: str) -> bool:
    """Whether this address stores something new of somebody who has not agreed yet."""
    if not name.startswith("diagnosis:") or request.path.startswith(REVIEWING) or name in FREE:
        return False
    is_reading = request.method in {"GET", "HEAD"} and name != UPLOAD
    return not is_reading and not is_given(request.user)  # type: ignore[arg-type]
