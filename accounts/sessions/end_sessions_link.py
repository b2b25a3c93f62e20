"""The signed link in mails about an account. Its page can only end all sessions."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

if TYPE_CHECKING:
    from accounts.models import User

_signer = TimestampSigner(salt="accounts.ending")


def path_for(user: "User") -> str:
    return reverse("accounts:end_everywhere", args=[_signer.sign(str(user.pk))])


def number_in(token: str) -> int | None:
    """Return the account's number, or None if the token is forged or expired."""
    try:
        return int(_signer.unsign(token, max_age=settings.END_SESSIONS_TIMEOUT))
    except BadSignature:
        return None
