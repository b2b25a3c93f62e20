"""Whether a session has completed MFA, by allauth's authentication records."""

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


def is_pending(request: HttpRequest) -> bool:
    """Return whether the person has a second step to prove. Valid only if `is_done` is false."""
    assert request.user.is_authenticated
    own = Authenticator.objects.filter(user=request.user, type__in=STEPS)
    types = set(own.values_list("type", flat=True))
    return bool(types) and (not _proved(request) or (request.user.needs_key and KEY in types))


def is_passkey_pending(request: HttpRequest) -> bool:
    """Return whether only the passkey is still missing. Valid only if `is_pending` is true."""
    return bool(_proved(request))


def _proved(request: HttpRequest) -> set[str]:
    records = get_authentication_records(request, request.user)
    return {record.get("type", "") for record in records if record["method"] == METHOD}


def is_recent(request: HttpRequest) -> bool:
    """Return whether the person has recently signed in or reauthenticated."""
    records = get_authentication_records(request, request.user)
    last = max((record["at"] for record in records), default=0)
    return bool(time.time() - last < app_settings.REAUTHENTICATION_TIMEOUT)


def is_set_up(user: User, *, without: Authenticator | None = None) -> bool:
    return _has(user, STEPS, without)


def is_enough(user: User, *, without: Authenticator) -> bool:
    """Return whether the account keeps the required second steps if `without` is removed."""
    types = [KEY] if user.needs_key else STEPS
    return not user.needs_second_step or _has(user, types, without)


def _has(user: User, types: Collection[str], without: Authenticator | None) -> bool:
    steps = Authenticator.objects.filter(user=user, type__in=types)
    return bool(steps.exclude(pk=without.pk if without else None).exists())


def record(request: HttpRequest, user: User, kind: str = KEY) -> None:
    record_authentication(request, user, METHOD, type=kind)


def record_set_up(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Record that MFA is completed if this second step, just verified, is the account's only one.

    If the account has another second step, the person must use it. Otherwise an attacker who knows
    the password could add a second step.
    """
    if not is_set_up(user, without=authenticator):
        record(request, user, authenticator.type)


def mark_used(user: User, code: str) -> bool:
    """Mark an app's code as used for as long as it is valid. Return whether it was unused."""
    name = f"second step: {user.pk} {normalize_user_code(code)}"
    valid_periods = 2 * settings.MFA_TOTP_TOLERANCE + 1
    return bool(cache.add(name, value=True, timeout=valid_periods * settings.MFA_TOTP_PERIOD))
