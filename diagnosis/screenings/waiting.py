"""Polls of waiting pages. Once a photo is finished, the page fetches the result with its session.

The address is a signed token that names photos for a few minutes. The response reveals only whether
they are finished, so it needs no session. It takes one query, besides a count of the queue once a
second in each process.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from http import HTTPStatus
from time import monotonic
from typing import Final
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from diagnosis.models import Screening

# After this time the page reloads itself with its session, and gets a new token.
VALID_FOR: Final = timedelta(minutes=5)
# Pauses between polls in milliseconds: `ONE_MS` for a single photo, `LEAST_MS` for lists and
# measurements, `LATE_MS` once the newest photo is older than `NEW`. The pause is at least `EACH_MS`
# for each photo in the queue. So however many pages wait, each for another photo, together they
# poll about 1000 / `EACH_MS` = 62 times a second.
ONE_MS, LEAST_MS, LATE_MS, EACH_MS = 300, 1000, 2000, 16
NEW: Final = timedelta(minutes=1)
# What a page waits for: the first character of a token.
ANSWERS, FIGURES = "a", "f"
UUID_BYTES: Final = 16

_signer = TimestampSigner(salt="diagnosis.waiting")


def for_answers(screenings: Iterable[Screening]) -> str:
    """Return the address to poll until one of the unfinished photos is finished.

    Return an empty string if all are finished already.
    """
    return _address(ANSWERS, [screening for screening in screenings if not screening.is_finished])


def for_figures(screening: Screening) -> str:
    """Return the address to poll until a photo is measured, or until that takes too long."""
    return _address(FIGURES, [screening])


def _address(kind: str, screenings: list[Screening]) -> str:
    if not screenings:
        return ""
    keys = urlsafe_b64encode(b"".join(screening.pk.bytes for screening in screenings)).decode()
    return reverse("diagnosis:waiting", args=[_signer.sign(kind + keys)])


@login_not_required
@require_safe
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """Answer 204 with the pause before the next poll while all photos wait, and 200 otherwise.

    Answer 404 to an invalid or expired token.
    """
    try:
        value = _signer.unsign(token, max_age=VALID_FOR)
    except BadSignature:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    kind, keys = value[0], _keys(value[1:])
    waiting = (
        Screening.objects.measured_soon() if kind == FIGURES else Screening.objects.unfinished()
    )
    sent = list(waiting.filter(pk__in=keys).values_list("created_at", flat=True))
    if len(sent) < len(keys):
        return HttpResponse()
    soonest = ONE_MS if kind == ANSWERS and len(keys) == 1 else LEAST_MS
    is_new = timezone.now() - max(sent) < NEW
    pause = max(soonest if is_new else LATE_MS, EACH_MS * queue_length(int(monotonic())))
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Ask-Again-Ms": str(pause)})


@lru_cache(maxsize=1)
def queue_length(second: int) -> int:
    """Return how many photos wait, counted once a second in each process."""
    return Screening.objects.unfinished().count()


def _keys(text: str) -> list[UUID]:
    keys = urlsafe_b64decode(text)
    starts = range(0, len(keys), UUID_BYTES)
    return [UUID(bytes=keys[start : start + UUID_BYTES]) for start in starts]
