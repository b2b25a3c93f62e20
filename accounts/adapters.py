"""Where allauth asks us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429

LIMITED = {"too_many_login_attempts", "rate_limited"}


class AccountAdapter(DefaultAccountAdapter):
    def validation_error(self, code: str, *args: object) -> Any:
        """Show the page that says when to try again, instead of a word on it in the form."""
        if code in LIMITED:
            return ImmediateHttpResponse(respond_429(context.request))
        return super().validation_error(code, *args)
