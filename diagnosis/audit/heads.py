"""Copies of the audit trail's head, which is the number and hash of its last entry.

They are kept in the log and in a file, where somebody who can only write to the database cannot
change them.
"""

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


class KeptHead(NamedTuple):
    head: Head
    # When the head was kept. None if unknown.
    at: datetime | None = None


def folder() -> Path:
    return Path(settings.HOME) / "audit"


def last() -> Head | None:
    row = AuditEntry.objects.order_by("number").values_list("number", "hash").last()
    return Head(*row) if row else None


def keep(head: Head) -> None:
    """Write a head into the log, and append it to a file."""
    logger.info("audit trail: the last entry is %s", head)
    folder().mkdir(mode=0o700, exist_ok=True)
    with (folder() / FILE).open("a") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {head}\n")
        file.flush()
        os.fsync(file.fileno())


def read(text: str) -> list[KeptHead]:
    """Read heads from the file that `keep` writes, from a log, or from a command's option.

    Raises:
        ValueError: the text contains no head.
    """
    heads = [_kept_head(line) for line in text.splitlines() if WRITTEN.search(line)]
    if not heads:
        raise ValueError("It contains no head (an entry's number, a colon, and its hash).")
    return heads


def _kept_head(line: str) -> KeptHead:
    match = WRITTEN.search(line)
    assert match
    head, first_word = Head(int(match[1]), match[2]), line.split(maxsplit=1)[0]
    try:
        return KeptHead(head, datetime.fromisoformat(first_word))
    except ValueError:
        return KeptHead(head)


def fault(head: Head) -> str:
    """Return how the trail contradicts a kept head, or an empty string if it does not."""
    stored_hash = (
        AuditEntry.objects.filter(number=head.number).values_list("hash", flat=True).first()
    )
    if stored_hash is None:
        return f"entry {head.number} is missing, although a kept head names it"
    if stored_hash != head.hash:
        return f"entry {head.number} has another hash than the kept head"
    return ""
