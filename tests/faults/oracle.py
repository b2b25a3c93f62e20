"""Checks the invariants of every accepted upload, whatever happened meanwhile."""

import os
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import requests

from tests.faults import record
from tests.journeys.stack import Stack, crowding, eventually

ENDS = {"done", "refused", "failed"}


@dataclass
class Oracle:
    """Uploads photos to a site, and checks the outcome of each.

    Photos of earlier scenarios on the same site are ignored.
    """

    stack: Stack
    person: requests.Session = field(repr=False)
    jpeg: bytes = field(repr=False)
    scenario: str
    kind: str
    accepted: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    repaired_at: float = 0

    def __post_init__(self):
        self.before = set(self._all_statuses())

    def upload(self, count=6, jpeg=None):
        """Send photos, all of which must be accepted.

        Return the slowest upload's time in seconds.
        """
        answers = [self.stack.upload(self.person, jpeg or self.jpeg) for _ in range(count)]
        for answer in answers:
            self.accept(answer.url)
        return max(answer.elapsed.total_seconds() for answer in answers)

    def try_to_send(self):
        """Send a photo as the page's script does, and return the response."""
        return self.person.post(
            f"{self.stack.url}/screenings/send/",
            headers={"X-CSRFToken": self.person.cookies["csrftoken"]},
            data={"capture": "camera"},
            files={"photo": ("spot.jpg", self.jpeg)},
            timeout=60 * crowding(),
        )

    def accept(self, url):
        self.accepted.add(url.split("/")[-2].replace("-", ""))

    def withdraw(self, pk):
        """Delete a photo as its owner does."""
        self.stack.post(self.person, f"/screenings/{UUID(pk)}/delete/", {})
        self.withdrawn.add(pk)

    def until_running(self):
        eventually(lambda: "running" in self.statuses().values())

    def remove_orphans(self):
        """Run beat's daily task as if two days had passed. It must delete only orphans."""
        long_ago = time.time() - 2 * 86400
        for path in (self.stack.home / "photos").rglob("*.*"):
            os.utime(path, (long_ago, long_ago))
        self.stack.manage("shell", "-c", "from diagnosis.photos import orphans; orphans.remove()")

    def mark_repaired(self):
        """Mark the end of the fault, from which the recovery time counts."""
        self.repaired_at = time.monotonic()

    def expect(self, *, within=120, **outcomes):
        """Wait as `settle` does, and check how many photos have each status."""
        self.settle(within=within, expected=outcomes)

    def settle(self, *, within, expected=None):
        """Wait until all photos have an outcome, and check each.

        An accepted photo has one row. If it was refused or has failed, it has a reason. If it is
        done, it has one prediction by one model. If it is done or refused, the audit trail has one
        result. No files exist but those of the photos.
        """
        started = self.repaired_at or time.monotonic()
        with self._explained():
            eventually(self._is_over, within)
            seconds = time.monotonic() - started
            rows = self.statuses()
            assert set(rows) == self.accepted - self.withdrawn
            outcomes = Counter(rows.values())
            assert expected in (None, outcomes)
            self._check_reasons()
            self._check_results(rows)
            self._check_files()
        record.keep(
            scenario=self.scenario,
            kind=self.kind,
            uploads=len(self.accepted),
            withdrawn=len(self.withdrawn),
            outcomes=outcomes,
            seconds=round(seconds, 2),
        )
        return outcomes

    def statuses(self):
        return {pk: status for pk, status in self._all_statuses().items() if pk not in self.before}

    def _all_statuses(self):
        return self._rows("SELECT id, status FROM diagnosis_screening")

    def _rows(self, sql):
        # SQLite stores the keys without dashes.
        return {str(pk).replace("-", ""): value for pk, value in self.stack.query(sql)}

    @contextmanager
    def _explained(self):
        """Add the rows and the end of the log to a failed check."""
        try:
            yield
        except AssertionError as error:
            error.add_note(self._state())
            raise

    def _state(self):
        columns = "id, status, failure, attempts, turn, queued_at, lease_expires_at"
        rows = self.stack.query(f"SELECT {columns} FROM diagnosis_screening")
        return "\n".join([*map(str, rows), *self.stack.log.splitlines()[-200:]])

    def _is_over(self):
        rows = self.statuses()
        return self.accepted - self.withdrawn <= set(rows) and set(rows.values()) <= ENDS

    def _check_reasons(self):
        silent = self.stack.query(
            "SELECT id FROM diagnosis_screening WHERE finished_at IS NULL"
            " OR (status = 'refused' AND refusal = '') OR (status = 'failed' AND failure = '')"
        )
        assert silent == []

    def _check_results(self, rows):
        predictions = self.stack.query(
            "SELECT screening_id, model_version FROM diagnosis_prediction"
        )
        counts = Counter(str(pk).replace("-", "") for pk, _ in predictions)
        done = {pk for pk, status in rows.items() if status == "done"}
        assert {pk: n for pk, n in counts.items() if pk in rows} == dict.fromkeys(done, 1)
        trail = self.stack.query(
            "SELECT subject, detail FROM diagnosis_auditentry WHERE action = 'result'"
        )
        # A measurement's entry is also called `result`, but is not a result of the model.
        subjects = [subject for subject, detail in trail if "measurement" not in str(detail)]
        results = Counter(
            subject.removeprefix("screening:").replace("-", "") for subject in subjects
        )
        read = {pk for pk, status in rows.items() if status in {"done", "refused"}}
        assert {pk: n for pk, n in results.items() if pk in rows} == dict.fromkeys(read, 1)

    def _check_files(self):
        """Check that the files are those of the rows, at the latest after the daily clean-up."""
        try:
            eventually(self._has_only_expected_files, within=10)
        except AssertionError:
            self.remove_orphans()
            eventually(self._has_only_expected_files)

    def _has_only_expected_files(self):
        return self._files() == self._names()

    def _files(self):
        photos = self.stack.home / "photos"
        return {str(path.relative_to(photos)) for path in photos.rglob("*") if path.is_file()}

    def _names(self):
        rows = self.stack.query("SELECT photo, thumbnail, page, views FROM diagnosis_screening")
        rows += self.stack.query("SELECT overlay FROM diagnosis_measurement")
        return {name for row in rows for name in row if name}
