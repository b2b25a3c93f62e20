"""Browsers that have signed in to an account before, known by a signed cookie.

OWASP, "Slow Down Online Guessing Attacks with Device Cookies". The cookie says nothing of the
account, and a new password makes all devices unknown but the one in which it was chosen.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

if TYPE_CHECKING:
    from accounts.models import User

SALT = "accounts.devices"
# People who share a browser.
MOST = 5


def mark(user: "User | AnonymousUser") -> str:
    """Return what stands for the account, until its password or its sessions are over."""
    if user.is_anonymous:
        return ""
    parts = f"{SALT} {user.pk} {user.device_generation} {user.password}"
    return sha256(parts.encode()).hexdigest()[:32]


def identify(request: HttpRequest, user: "User | None") -> str:
    """Return the name of this browser where the account knows it, or nothing."""
    return _known(request).get(mark(user), "") if user else ""


def remember(request: HttpRequest, response: HttpResponse, user: "User") -> None:
    known = _known(request)
    name = known.pop(mark(user), "") or get_random_string(22)
    newest = [(mark(user), name), *known.items()][:MOST]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(newest, salt=SALT),
        max_age=settings.DEVICE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _known(request: HttpRequest) -> dict[str, str]:
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        return dict(signing.loads(cookie, salt=SALT, max_age=settings.DEVICE_COOKIE_AGE))
    except signing.BadSignature:
        return {}
