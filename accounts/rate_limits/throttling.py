"""Refuses attempts over a rate limit, and notifies the account's owner."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse, RateLimited
from allauth.core.ratelimit import respond_429
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.rate_limits import attempt_limits
from accounts.sessions import known_devices

GUESSED = (
    _("Too many attempts in a short time"),
    _("This limit protects every account from guessed passwords."),
)
# The heading and the reason on the page about a limit, by view.
MET = {
    "account_signup": (
        _("Too many sign-ups in a short time"),
        _(
            "There is a limit for each network and for each e-mail address. If you already have an "
            "account, or a code by mail, you do not need to sign up again."
        ),
    ),
    "account_reset_password": (
        _("Too many mails in a short time"),
        _(
            "There is a limit for each network and for each e-mail address. A link that you "
            "already have still works: also look in the spam folder."
        ),
    ),
    "account_email_verification_sent": (
        _("Too many codes in a short time"),
        _("Look for the newest mail, also in the spam folder."),
    ),
    "account_email": (
        _("Too many codes in a short time"),
        _("Nothing was changed. Look for the newest mail, also in the spam folder."),
    ),
}


def count(
    request: HttpRequest, action: str, account: str, holder: User | None
) -> attempt_limits.Taken:
    """Count an attempt. If a limit is reached, show the page that says when to try again."""
    try:
        return attempt_limits.take(
            request, action, account, device=known_devices.identify(request, holder)
        )
    except attempt_limits.TooManyError as limit:
        if holder and limit.scope != "network" and action != "reset_password":
            _tell(request, holder)
        raise _refusal(request, limit) from None


def count_own(action: str, user: User) -> attempt_limits.Taken:
    """Count an attempt of a person who has entered the password, or is signed in."""
    return count(context.request, action, f"user {user.pk}", user)


def count_confirmation(
    request: HttpRequest,
    email: str,
    dry_run: bool = False,  # noqa: FBT001, FBT002 - allauth's
    raise_exception: bool = False,  # noqa: FBT001, FBT002 - allauth's
) -> bool:
    """Return whether a code may be mailed to an address. This replaces allauth's limit."""
    try:
        attempt_limits.take(request, "confirm_email", email.lower(), dry_run=dry_run)
    except attempt_limits.TooManyError as limit:
        if raise_exception:
            raise RateLimited from None
        request.META[WAIT] = limit.seconds
        return False
    return True


# The key in `request.META` from which the page about a rate limit reads the time to wait.
WAIT = "accounts.seconds_to_wait"


def _refusal(request: HttpRequest, limit: attempt_limits.TooManyError) -> ImmediateHttpResponse:
    request.META[WAIT] = limit.seconds
    return ImmediateHttpResponse(respond_429(request))


def tell_of_wrong_code(request: HttpRequest, user: User, reauthentication: bool, **_: Any) -> None:  # noqa: FBT001 - a signal's
    """Notify the owner if a wrong code followed the right password on an unknown device."""
    if not reauthentication and not known_devices.identify(request, user):
        _tell(request, user, "second_step_failed")


def _tell(request: HttpRequest, holder: User, what: str = "tries_stopped") -> None:
    """Notify the owner by mail. A limit prevents a flood of such mails."""
    try:
        attempt_limits.take(request, "notice", f"{what} {holder.pk}")
    except attempt_limits.TooManyError:
        return
    get_adapter().send_notification_mail(f"account/email/{what}", holder)
