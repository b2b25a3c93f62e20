"""Which pictures a browser may keep, and at which address: their owner's, for a day (ADR 42).

The address carries a key of the session: with the next one it is another, and nobody who uses the
browser later asks for it.
"""

from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.crypto import constant_time_compare, salted_hmac

from diagnosis.models import Screening

SALT: Final = "diagnosis.kept_pictures"
SECONDS: Final = 24 * 60 * 60
PARAMETER: Final = "key"


def address(request: HttpRequest, name: str, screening: Screening) -> str:
    """Return where a picture is, for whoever asks: with the key if it is their own."""
    is_own = screening.owner_id == request.user.pk
    query = {PARAMETER: key_of(request)} if is_own else None
    return reverse(f"diagnosis:{name}", args=[screening.pk], query=query)


def key_of(request: HttpRequest) -> str:
    mac = salted_hmac(SALT, request.session.session_key or "", algorithm="sha256")
    return mac.hexdigest()[:32]


def mark(response: HttpResponseBase, request: HttpRequest, screening: Screening) -> None:
    """Let the browser keep an answer, if it is the owner's and asked for with the session's key."""
    is_own = screening.owner_id == request.user.pk
    if is_own and constant_time_compare(request.GET.get(PARAMETER, ""), key_of(request)):
        patch_cache_control(response, private=True, max_age=SECONDS, immutable=True)
        response.is_kept = True  # type: ignore[attr-defined]


def is_kept(response: HttpResponseBase) -> bool:
    return getattr(response, "is_kept", False)
