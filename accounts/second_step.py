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


def record(request: HttpRequest, user: User) -> None:
    record_authentication(request, user, METHOD)


def record_set_up(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Take setting up the first one for doing it: it has just been shown to work.

    Who has one already proves that one: whoever knows the password could add another.
    """
    if not is_set_up(user, without=authenticator):
        record(request, user)
