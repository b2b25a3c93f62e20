"""Verifies the whole audit trail: lists faults, and counts entries whose key is missing."""

from dataclasses import dataclass, field
from typing import Any

from diagnosis.audit import hash_chain
from diagnosis.models import AuditEntry, AuditHead
from skinscreen import keys
from skinscreen.keys import KeyMissingError, Purpose

FIELDS = (
    "number",
    "at",
    "action",
    "actor",
    "subject",
    "detail",
    "key_id",
    "previous_hash",
    "hash",
)
# Nobody reads more faults than this, even if the whole trail was changed.
MOST_FAULTS = 1000


@dataclass
class Report:
    entries: int = 0
    of_old_kind: int = 0
    faults: list[str] = field(default_factory=list)
    # By the id of a missing key: the numbers of the first and the last entry with this key, and the
    # count of all entries with it.
    unchecked: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def add(self, fault: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)

    def add_missing(self, first: int, last: int) -> None:
        if first == last:
            self.add(f"entry {first} is missing")
        elif first < last:
            self.add(f"entries {first} to {last} are missing")

    def add_unchecked(self, entry: Any) -> None:
        first, _, count = self.unchecked.get(entry.key_id, (entry.number, 0, 0))
        self.unchecked[entry.key_id] = (first, entry.number, count + 1)


class Walk:
    """Visits the entries in order, and remembers the previous entry."""

    def __init__(self) -> None:
        self.report = Report()
        self.number, self.hash, self.key_id = 0, "", ""
        self.secrets: dict[str, bytes | None] = {}

    def take(self, entry: Any) -> None:
        report = self.report
        report.entries += 1
        report.of_old_kind += not entry.key_id
        report.add_missing(self.number + 1, entry.number - 1)
        expected = self.expected(entry)
        if expected is None:
            report.add_unchecked(entry)
        if expected not in {None, entry.hash}:
            report.add(f"entry {entry.number} was changed")
        elif entry.number == self.number + 1 and entry.previous_hash != self.hash:
            report.add(
                f"entry {entry.number} does not follow entry {self.number}: one or both changed"
            )
        elif self.key_id and not entry.key_id:
            report.add(f"entry {entry.number} has no key, unlike an earlier entry: it is forged")
        self.number, self.hash, self.key_id = entry.number, entry.hash, entry.key_id or self.key_id

    def expected(self, entry: Any) -> str | None:
        """Return the expected hash of an entry, or None if its key is missing here."""
        if not entry.key_id:
            return hash_chain.plain_hash(entry)
        if entry.key_id not in self.secrets:
            self.secrets[entry.key_id] = _secret(entry.key_id)
        secret = self.secrets[entry.key_id]
        return None if secret is None else hash_chain.keyed_hash(entry, secret)

    def end(self, before: AuditHead, after: AuditHead) -> Report:
        """Compare the last entry with the heads from before and after the walk.

        Other processes may have appended entries during the walk.
        """
        self.report.add_missing(self.number + 1, before.number)
        if self.number > after.number:
            self.report.add(f"entry {self.number} comes after the head, entry {after.number}")
        if self.number == after.number and self.hash != after.hash:
            self.report.add(f"entry {self.number} does not match the head")
        if self.number and not self.key_id:
            self.report.add(
                "no entry has a key: if the trail comes from an earlier release, run manage.py "
                "migrate, which appends an entry with a key. Otherwise the trail was changed"
            )
        return self.report


def check() -> Report:
    walk, before = Walk(), _head()
    rows = AuditEntry.objects.order_by("number").values_list(*FIELDS, named=True)
    for entry in rows.iterator(chunk_size=5000):
        walk.take(entry)
    return walk.end(before, _head())


def _head() -> AuditHead:
    return AuditHead.objects.first() or AuditHead()


def _secret(key_id: str) -> bytes | None:
    try:
        return keys.find(Purpose.AUDIT, key_id).secret
    except KeyMissingError:
        return None
