"""Copies of the trail's head, out of reach of anybody who can only write to the database."""

import logging
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from diagnosis.models import AuditEntry

logger = logging.getLogger("diagnosis.trail.heads")

FILE = "heads"
WRITTEN = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


class Head(NamedTuple):
    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


class Kept(NamedTuple):
    head: Head
    # None if only a head was given.
    at: datetime | None = None


def folder() -> Path:
    return Path(settings.HOME) / "audit"


def last() -> Head | None:
    found = AuditEntry.objects.order_by("number").values_list("number", "hash").last()
    return Head(*found) if found else None


def keep(head: Head) -> None:
    """Write a head into the log, and append it to a file."""
    logger.info("audit trail: the last entry is %s", head)
    folder().mkdir(mode=0o700, exist_ok=True)
    with (folder() / FILE).open("a") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {head}\n")
        file.flush()
        os.fsync(file.fileno())


def read(text: str) -> list[Kept]:
    """Read heads from our own lines, or from a log that contains them.

    Raises:
        ValueError: there are no heads.
    """
    kept = [_kept(line) for line in text.splitlines() if WRITTEN.search(line)]
    if not kept:
        raise ValueError("There is no head in it.")
    return kept


def _kept(line: str) -> Kept:
    found = WRITTEN.search(line)
    assert found
    head, first = Head(int(found[1]), found[2]), line.split(maxsplit=1)[0]
    try:
        return Kept(head, datetime.fromisoformat(first))
    except ValueError:
        return Kept(head)


def fault(head: Head) -> str:
    """Describe how the trail contradicts a kept head, or return an empty string."""
    found = AuditEntry.objects.filter(number=head.number).values_list("hash", flat=True).first()
    if found is None:
        return f"entry {head.number} is missing, although its head was kept"
    if found != head.hash:
        return f"entry {head.number} has changed since its head was kept"
    return ""
