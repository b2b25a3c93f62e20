"""Whether a session has completed MFA, according to allauth's authentication records."""

import time
from collections.abc import Collection
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
KEY = Authenticator.Type.WEBAUTHN
STEPS = (Authenticator.Type.TOTP, KEY)


def is_done(request: HttpRequest) -> bool:
    assert request.user.is_authenticated
    proved = _proved(request)
    return bool(proved) and (not request.user.needs_key or KEY in proved)


def is_waited_for(request: HttpRequest) -> bool:
    """Return whether MFA is pending: any second step, or the passkey that some people need."""
    assert request.user.is_authenticated
    own = Authenticator.objects.filter(user=request.user, type__in=STEPS)
    types = set(own.values_list("type", flat=True))
    return bool(types) and (not _proved(request) or (request.user.needs_key and KEY in types))


def is_key_waited_for(request: HttpRequest) -> bool:
    """Return whether only the passkey is missing."""
    return bool(_proved(request))


def _proved(request: HttpRequest) -> set[str]:
    records = get_authentication_records(request, request.user)
    return {one.get("type", "") for one in records if one["method"] == METHOD}


def is_recent(request: HttpRequest) -> bool:
    """Return whether somebody has just signed in or authenticated again."""
    records = get_authentication_records(request, request.user)
    last = max((one["at"] for one in records), default=0)
    return bool(time.time() - last < app_settings.REAUTHENTICATION_TIMEOUT)


def is_set_up(user: User, *, without: Authenticator | None = None) -> bool:
    return _has(user, STEPS, without)


def is_enough(user: User, *, without: Authenticator) -> bool:
    """Return whether somebody would still have the required second steps without this one."""
    types = [KEY] if user.needs_key else STEPS
    return not user.needs_second_step or _has(user, types, without)


def _has(user: User, types: Collection[str], without: Authenticator | None) -> bool:
    found = Authenticator.objects.filter(user=user, type__in=types)
    return bool(found.exclude(pk=without.pk if without else None).exists())


def record(request: HttpRequest, user: User, kind: str = KEY) -> None:
    record_authentication(request, user, METHOD, type=kind)


def record_set_up(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Count setting up the first second step as completing MFA, since it was just verified.

    Somebody who already has one must use it. Otherwise an attacker with the password could add one.
    """
    if not is_set_up(user, without=authenticator):
        record(request, user, authenticator.type)


def use_up(user: User, code: str) -> bool:
    """Mark an app's code as used while it is valid. Return whether this was its first use."""
    name = f"second step: {user.pk} {normalize_user_code(code)}"
    steps_valid = 2 * settings.MFA_TOTP_TOLERANCE + 1
    return bool(cache.add(name, value=True, timeout=steps_valid * settings.MFA_TOTP_PERIOD))
