"""Timestamps from an authority (RFC 3161), which prove when the trail had a certain head."""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import HTTPRedirectHandler, Request, build_opener

from cryptography.x509 import load_pem_x509_certificates
from django.conf import settings
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from diagnosis.audit.heads import Head, KeptHead

logger = logging.getLogger("diagnosis.trail.stamps")

PATIENCE_SECONDS = 10
# A response has a few kB, including the authority's certificates.
LONGEST = 100_000
# Largest accepted difference between our clock and the authority's.
CLOCKS_APART = timedelta(hours=1)


class NoRedirects(HTTPRedirectHandler):
    """Makes an opener fail on redirects instead of following them."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class StampError(Exception):
    """No valid timestamp is available. The text says why."""


def stamp(head: Head, folder: Path) -> None:
    """Have the authority sign a head, and write its response into `folder`.

    Raises:
        StampError: the authority did not sign the head.
    """
    query = TimestampRequestBuilder().data(_message(head)).hash_algorithm(HashAlgorithm.SHA256)
    request = Request(
        settings.TIMESTAMP_URL,
        data=query.build().as_bytes(),
        headers={"Content-Type": "application/timestamp-query"},
    )
    try:
        with build_opener(NoRedirects).open(request, timeout=PATIENCE_SECONDS) as response:
            token = response.read(LONGEST)
    except OSError as error:
        raise StampError(f"{settings.TIMESTAMP_URL} gives no timestamp: {error}") from error
    stamped_at(head, token)
    _file(head, folder).write_bytes(token)


def fault(kept: KeptHead, folder: Path) -> str:
    """Return what is wrong with a head's timestamp; an empty string if it is valid or missing."""
    file = _file(kept.head, folder)
    if not file.exists():
        return ""
    try:
        at = stamped_at(kept.head, file.read_bytes())
    except StampError as error:
        return f"the timestamp of entry {kept.head.number} is not valid: {error}"
    if kept.at and abs(at - kept.at) > CLOCKS_APART:
        return f"the head of entry {kept.head.number} was kept at {kept.at}, but stamped at {at}"
    return ""


def stamped_at(head: Head, token: bytes) -> datetime:
    """Return when the authority signed a head.

    Raises:
        StampError: the timestamp is damaged, or belongs to another head or another authority.
    """
    verifier = VerifierBuilder(roots=load_pem_x509_certificates(settings.TIMESTAMP_ROOT)).build()
    try:
        response: TimeStampResponse = decode_timestamp_response(token)
        verifier.verify_message(response, _message(head))
    except (ValueError, VerificationError) as error:
        raise StampError(str(error)) from error
    return response.tst_info.gen_time


def _message(head: Head) -> bytes:
    return str(head).encode()


def _file(head: Head, folder: Path) -> Path:
    return folder / f"{head.number}.tsr"
