"""The trail as CSV, in parts: a whole one may have millions of entries."""

import json
from itertools import count, takewhile
from typing import NamedTuple

from diagnosis.audit import heads
from diagnosis.audit.verification import FIELDS
from diagnosis.models import AuditEntry
from diagnosis.rules import spreadsheet

# About a second of processor time.
PART = 50_000


class Part(NamedTuple):
    first: int
    last: int


def parts() -> list[Part]:
    """Return which entries are handed out together; the last part is not full yet."""
    head = heads.last()
    end = head.number if head else 0
    firsts = takewhile(lambda first: first <= end, count(1, PART))
    return [Part(first, min(first + PART - 1, end)) for first in firsts]


def write(part: Part) -> str:
    """Return the entries with all that `verify_audit` looks at."""
    entries = AuditEntry.objects.filter(number__range=part).order_by("number")
    rows = entries.values_list(*FIELDS, named=True).iterator()
    told = (row._replace(at=row.at.isoformat(), detail=json.dumps(row.detail)) for row in rows)
    return spreadsheet.write([FIELDS, *told])
