"""Explicit consent to the storage of photos of one's skin, which are health data."""

from typing import Final

from django.db.models.functions import Now
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import consent_given

# Version of the privacy notice: its year and month. A new version asks everybody for consent again.
VERSION: Final = "2026-12"
PAGE: Final = "accounts:consent"
# Allowed without consent: deletion, export, and the form that withdraws consent to training. The
# view of that form refuses a new consent to training.
# Clinicians need no consent of their own to read other people's photos.
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
    """Record consent to the current version of the notice, unless it is recorded already."""
    outdated = User.objects.filter(pk=user.pk).exclude(consent_version=VERSION)
    if outdated.update(consent_version=VERSION, consented_at=Now()):
        consent_given.send(User, user=user, version=VERSION)
    user.refresh_from_db(fields=["consent_version", "consented_at"])


def is_required(request: HttpRequest, name: str) -> bool:
    """Return whether the person must consent first: to store data, or to open the upload form."""
    if not name.startswith("diagnosis:") or request.path.startswith(REVIEWING) or name in FREE:
        return False
    is_reading = request.method in {"GET", "HEAD"} and name != UPLOAD
    return not is_reading and request.user.is_authenticated and not is_given(request.user)
