"""Whether somebody has proved more than a password in this session, as allauth records it."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from accounts.models import User

METHOD = "mfa"
STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_done(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return any(one["method"] == METHOD for one in records)


def is_set_up(user: User, *, without: Authenticator | None = None) -> bool:
    found = Authenticator.objects.filter(user=user, type__in=STEPS)
    return bool(found.exclude(pk=without.pk if without else None).exists())


def record_set_up(request: HttpRequest, user: User, **_: Any) -> None:
    """Take setting one up for doing it: it has just been shown to work."""
    record_authentication(request, user, METHOD)
