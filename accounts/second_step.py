"""Whether somebody has proved more than a password in this session, as allauth records it."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from accounts.models import User

METHOD = "mfa"
STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_done(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return any(one["method"] == METHOD for one in records)


def is_recent(request: HttpRequest) -> bool:
    """Whether somebody has proved who they are, by signing in or when asked again, just now."""
    records = get_authentication_records(request, request.user)
    last = max((one["at"] for one in records), default=0)
    return bool(time.time() - last < app_settings.REAUTHENTICATION_TIMEOUT)


def is_set_up(user: User, *, without: Authenticator | None = None) -> bool:
    found = Authenticator.objects.filter(user=user, type__in=STEPS)
    return bool(found.exclude(pk=without.pk if without else None).exists())


def record(request: HttpRequest, user: User) -> None:
    record_authentication(request, user, METHOD)


def record_set_up(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Take setting up the first one for doing it: it has just been shown to work.

    Who has one already proves that one: whoever knows the password could add another.
    """
    if not is_set_up(user, without=authenticator):
        record(request, user)


def use_up(user: User, code: str) -> bool:
    """Take an app's code once for as long as it is valid; say whether this is the first time."""
    name = f"second step: {user.pk} {normalize_user_code(code)}"
    steps_valid = 2 * settings.MFA_TOTP_TOLERANCE + 1
    return bool(cache.add(name, value=True, timeout=steps_valid * settings.MFA_TOTP_PERIOD))
