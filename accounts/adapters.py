"""Where allauth asks us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from accounts.models import User

LIMITED = {"too_many_login_attempts", "rate_limited"}


class AccountAdapter(DefaultAccountAdapter):
    def validation_error(self, code: str, *args: object) -> Any:
        """Show the page that says when to try again, instead of a word on it in the form."""
        if code in LIMITED:
            return ImmediateHttpResponse(respond_429(context.request))
        return super().validation_error(code, *args)


class MFAAdapter(DefaultMFAAdapter):
    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return f"Passkey {number}"
