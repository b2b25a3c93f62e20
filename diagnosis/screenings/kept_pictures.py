"""Pictures that the browser of a photo's owner may cache for a day (ADR 42).

Their address contains a key of the session. The next session has another key, so a later user of
the browser never requests these addresses.
"""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.crypto import constant_time_compare, salted_hmac

from diagnosis.models import Screening

SALT: Final = "diagnosis.kept_pictures"
SECONDS: Final = 24 * 60 * 60
PARAMETER: Final = "key"


def address(request: HttpRequest, name: str, pk: UUID, owner_id: int) -> str:
    """Return the address of a picture, with the session's key if the visitor is the owner."""
    query = {PARAMETER: key_of(request)} if owner_id == request.user.pk else None
    return reverse(f"diagnosis:{name}", args=[pk], query=query)


def key_of(request: HttpRequest) -> str:
    """Return the key of the session, made once per request: a page may have a hundred pictures."""
    session = request.session.session_key or ""
    keys: dict[str, str] = request.__dict__.setdefault("keys_of_pictures", {})
    if session not in keys:
        keys[session] = salted_hmac(SALT, session, algorithm="sha256").hexdigest()[:32]
    return keys[session]


def mark(response: HttpResponseBase, request: HttpRequest, screening: Screening) -> None:
    """Let the browser cache a picture if the photo's owner requests it with the session's key."""
    is_own = screening.owner_id == request.user.pk
    if is_own and constant_time_compare(request.GET.get(PARAMETER, ""), key_of(request)):
        patch_cache_control(response, private=True, max_age=SECONDS, immutable=True)
        response.is_kept = True  # type: ignore[attr-defined]


def is_kept(response: HttpResponseBase) -> bool:
    return getattr(response, "is_kept", False)
