"""Where allauth asks us."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from accounts import second_step
from accounts.models import User

LIMITED = {"too_many_login_attempts", "rate_limited"}


class AccountAdapter(DefaultAccountAdapter):
    def validation_error(self, code: str, *args: object) -> Any:
        """Show the page that says when to try again, instead of a word on it in the form."""
        if code in LIMITED:
            return ImmediateHttpResponse(respond_429(context.request))
        return super().validation_error(code, *args)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Take no password again from who has a second step and has not proved it yet."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        is_enough = second_step.is_done(context.request) or not second_step.is_set_up(user)
        return [one for one in methods if is_enough or one["id"] != "reauthenticate"]


class MFAAdapter(DefaultMFAAdapter):
    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is wrong, or it was used already. Take the one shown now.",
        "cannot_delete_authenticator": (
            "Your account can see what other people sent, so it needs a second step. Set up "
            "another one before you remove this."
        ),
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        user = authenticator.user
        return not user.needs_second_step or second_step.is_set_up(user, without=authenticator)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return f"Passkey {number}"
