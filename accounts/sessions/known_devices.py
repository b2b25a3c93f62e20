"""Device cookies: signed cookies that identify browsers which have signed in before.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies". The cookie reveals nothing
about the account. A new password makes all devices unknown to the account, except the device where
the password was set.
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
# A device cookie remembers at most this number of accounts.
MOST = 5


def mark(user: "User | AnonymousUser") -> str:
    """Return a token of the account. It changes with the password, and when all sessions end."""
    if user.is_anonymous:
        return ""
    parts = f"{SALT} {user.pk} {user.device_generation} {user.password}"
    return sha256(parts.encode()).hexdigest()[:32]


def identify(request: HttpRequest, user: "User | None") -> str:
    """Return the id of this browser if it is known to the account, else an empty string."""
    return _known(request).get(mark(user), "") if user else ""


def remember(request: HttpRequest, response: HttpResponse, user: "User") -> None:
    accounts = _known(request)
    name = accounts.pop(mark(user), "") or get_random_string(22)
    newest = [(mark(user), name), *accounts.items()][:MOST]
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
