"""The signed link in mails about an account. Its page can only end all sessions, and only once."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

if TYPE_CHECKING:
    from accounts.models import User

_signer = TimestampSigner(salt="accounts.ending")


def path_for(user: "User") -> str:
    return reverse(
        "accounts:end_everywhere", args=[_signer.sign(f"{user.pk}-{user.device_generation}")]
    )


def numbers_in(token: str) -> tuple[int, int] | None:
    """Return the numbers of the account and of its generation of devices.

    Return None if the token is forged or expired, or of a release that signed no generation.
    """
    try:
        signed = _signer.unsign(token, max_age=settings.END_SESSIONS_TIMEOUT)
        account, generation = map(int, signed.split("-"))
    except (BadSignature, ValueError):
        return None
    return account, generation
