"""Records sign-ins and changes of accounts, from signals of Django, allauth and `accounts`."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import authentication_step_completed, user_logged_in
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.contrib.auth.signals import user_login_failed
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import access_changed, consent_given, passkey_refused, skin_type_changed
from diagnosis.audit import trail
from diagnosis.models import AuditEntry


def connect() -> None:
    user_logged_in.connect(record_sign_in)
    authentication_step_completed.connect(record_reauthentication)
    user_login_failed.connect(record_failed_sign_in)
    authentication_failed.connect(record_failed_second_step)
    passkey_refused.connect(record_failed_second_step)
    post_save.connect(record_added_second_step, sender=Authenticator)
    post_delete.connect(record_removed_second_step, sender=Authenticator)
    # All events wait for the trail's lock, so it is taken last: at post_delete, when the account's
    # rows are already locked.
    post_delete.connect(record_deleted_account, sender=User)
    access_changed.connect(record_access)
    skin_type_changed.connect(record_skin_type)
    consent_given.connect(record_consent)


def record_sign_in(request: HttpRequest, user: AbstractUser, **_: Any) -> None:
    """Record a sign-in with its methods, such as password, totp, webauthn or sign_up."""
    proofs = [_factor(**record) for record in get_authentication_records(request, user)]
    trail.record(AuditEntry.Action.SIGN_IN, user, by=user, proofs=proofs)


def record_reauthentication(
    user: AbstractUser, method: str, *, reauthenticated: bool = False, **more: Any
) -> None:
    # `record_sign_in` records the steps of a sign-in.
    if reauthenticated:
        proofs = [_factor(method, **more)]
        trail.record(AuditEntry.Action.SIGN_IN, user, by=user, proofs=proofs, again=True)


def _factor(method: str, **more: Any) -> str:
    return str(more.get("type") or method)


def record_failed_sign_in(**_: Any) -> None:
    # The entered address is not stored: it may be somebody else's, or a password typed by mistake.
    trail.record(AuditEntry.Action.SIGN_IN_FAILED)


def record_failed_second_step(user: AbstractUser | None, **_: Any) -> None:
    # At sign-in, the second step usually follows the right password. So somebody who is not the
    # owner may know the password. `user` is None if a passkey without a password was refused.
    trail.record(AuditEntry.Action.SIGN_IN_FAILED, user)


def record_added_second_step(instance: Authenticator, *, created: bool, **_: Any) -> None:
    if created:
        _record_second_step(instance, "added")


def record_removed_second_step(instance: Authenticator, origin: Any, **_: Any) -> None:
    # If the whole account is deleted, only `record_deleted_account` adds an entry.
    if getattr(origin, "model", type(origin)) is Authenticator:
        _record_second_step(instance, "removed")


def _record_second_step(authenticator: Authenticator, change: str) -> None:
    """Record whose second step changed, and who changed it: owner, operator, or a command."""
    trail.record(
        AuditEntry.Action.SECOND_STEP,
        authenticator.user,
        by=_actor(),
        kind=authenticator.type,
        change=change,
    )


def record_deleted_account(instance: AbstractUser, **_: Any) -> None:
    trail.record(AuditEntry.Action.DELETION, instance, by=_actor())


def record_access(user: AbstractUser, changes: dict[str, Any], **_: Any) -> None:
    trail.record(AuditEntry.Action.ACCESS, user, by=_actor(), **changes)


def record_skin_type(user: AbstractUser, **_: Any) -> None:
    trail.record(AuditEntry.Action.SKIN_TYPE, user, by=user)


def record_consent(user: AbstractUser, version: str, **_: Any) -> None:
    trail.record(AuditEntry.Action.CONSENT, user, by=user, privacy_notice=version)


def _actor() -> AbstractUser | AnonymousUser | None:
    return getattr(context.request, "user", None)
