"""The parsers of requests, as functions that take bytes and return whether they accept them.

A target may refuse bytes, but must not raise an error. No target needs a database.
`python -m tests.fuzz` searches for bytes that raise an error.
"""

import io
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.forms import BaseForm
from django.http import HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory

from accounts.bounds import CredentialField
from accounts.mail import unsubscribe_link
from accounts.sessions import end_sessions_link, known_devices
from diagnosis.decoder import cleaning
from diagnosis.lesions.forms import PlaceForm
from diagnosis.reminders.forms import RecheckForm, VisitForm
from diagnosis.review.forms import ImpressionForm
from diagnosis.review.statistics_forms import PeriodForm
from ml.preprocessing.images import ImageError
from skinscreen.run import arriving_request
from tests.malformed_files import READABLE, UNUSABLE

FORMS: Final[tuple[type[BaseForm], ...]] = (
    *(ImpressionForm, PeriodForm, PlaceForm, RecheckForm, VisitForm),
)
BOUNDARY: Final = "limit"


def head(data: bytes) -> bool:
    """The first line and X-Forwarded-For, before Django sees the request."""
    for proxies in (0, 1, 2):
        arriving_request.client_of(data, proxies)
    return bool(arriving_request.path_of(data))


def upload(data: bytes) -> bool:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    request = RequestFactory().generic("POST", "/screenings/send/", data, content_type=kind)
    # Django answers both errors with 400.
    with suppress(MultiPartParserError, SuspiciousOperation):
        for name in request.FILES:
            request.FILES[name].read()  # type: ignore[union-attr]
        return bool(request.FILES)
    return False


def fields(data: bytes) -> bool:
    """The forms that need no database, and query strings."""
    with suppress(SuspiciousOperation):
        query = QueryDict(data)
        results = [form(query).is_valid() for form in FORMS]
        return any(results)
    return False


def tokens(data: bytes) -> bool:
    """The tokens in mailed links, and the cookie of a known device."""
    text = data.decode(errors="replace")
    assert end_sessions_link.numbers_in(text) is None
    assert unsubscribe_link.number_in(text) is None
    request = RequestFactory().get("/")
    request.COOKIES = {settings.DEVICE_COOKIE_NAME: text}
    known_devices.remember(request, HttpResponse(), AnonymousUser())  # type: ignore[arg-type]
    return False


def passkey(data: bytes) -> bool:
    with suppress(ValidationError):
        CredentialField().clean(data.decode(errors="replace"))
        return True
    return False


def photo(data: bytes) -> bool:
    """The decoder without its confinement. A crash of this process is a finding."""
    with suppress(ImageError):
        cleaning.clean(io.BytesIO(data))
        return True
    return False


def _part(name: str, body: bytes, more: str = "") -> bytes:
    header = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return header.encode() + body + b"\r\n"


_END: Final = f"--{BOUNDARY}--\r\n".encode()
# The seeds of each target.
SEEDS: Final[dict[Callable[[bytes], bool], list[bytes]]] = {
    head: [b"GET /a?b HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1, 2001:db8::1\r\n\r\n"],
    upload: [
        _part("photo", b"\xff\xd8\xff", '; filename="a.jpg"') + _part("capture", b"camera") + _END,
        _part("photo", b"QQ==", "; filename*=utf-8''%e2%82%ac\r\nContent-Transfer-Encoding: base64")
        + _END,
    ],
    fields: [
        b"since=2026-01-01&until=9999-12-31&taken_on=1.2.2026&diagnosis=melanoma&finding=unsure",
        b"body_site=back&side=left&months=3&answer=seen&bleeds=on&x1=0.1&y1=nan&mm=1e309",
    ],
    tokens: [b"1:1vABCD:c2lnbmF0dXJl", b"eyJhIjoxfQ:1vABCD:c2lnbmF0dXJl", b".eJw:1:a"],
    passkey: [b'{"id": "AA", "response": {"userHandle": "AA", "signature": 1e5}}', b"[[{}]]"],
    photo: [*READABLE.values(), *(data for data, _ in UNUSABLE.values())],
}
TARGETS: Final = {target.__name__: target for target in SEEDS}
