"""The audit trail as CSV, in parts, since it may have millions of entries."""

import json
from itertools import count, takewhile
from typing import NamedTuple

from diagnosis.audit import heads
from diagnosis.audit.verification import FIELDS
from diagnosis.models import AuditEntry
from diagnosis.rules import spreadsheet

# Entries in a part. A part takes about a second of processor time.
PART = 50_000


class Part(NamedTuple):
    first: int
    last: int


def parts() -> list[Part]:
    """Return the parts. The last part may have fewer entries."""
    head = heads.last()
    end = head.number if head else 0
    firsts = takewhile(lambda first: first <= end, count(1, PART))
    return [Part(first, min(first + PART - 1, end)) for first in firsts]


def write(part: Part) -> str:
    """Return a part's entries as CSV, with every column that `verify_audit` checks."""
    entries = AuditEntry.objects.filter(number__range=part).order_by("number")
    rows = entries.values_list(*FIELDS, named=True).iterator()
    exported = (row._replace(at=row.at.isoformat(), detail=json.dumps(row.detail)) for row in rows)
    return spreadsheet.write([FIELDS, *exported])
