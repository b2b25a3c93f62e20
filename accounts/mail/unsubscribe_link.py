"""The unsubscribe link in every reminder. It is signed, and works without a sign-in."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

if TYPE_CHECKING:
    from accounts.models import User

_signer = TimestampSigner(salt="accounts.unsubscribing")


def path_for(user: "User") -> str:
    return reverse("accounts:unsubscribe", args=[_signer.sign(str(user.pk))])


def number_in(token: str) -> int | None:
    """Return the account's number, or None if the token is forged or expired."""
    try:
        return int(_signer.unsign(token, max_age=settings.UNSUBSCRIBE_TIMEOUT))
    except BadSignature:
        return None
