"""`python -m tests.faults.report`: write docs/reliability.md from the records of the tests."""

import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

from tests.faults import record

DOCUMENT = record.ROOT / "docs" / "reliability.md"
HEAD = """\
# What it survives

<!-- Written by `python -m tests.faults.report docs/reliability.jsonl`. -->

Each scenario runs the real processes: gunicorn, Celery workers, beat, the broker and the database.
It uploads photos, breaks something, and lets it recover. In the end the same is checked of every
photo that was accepted:

- It has one row and one outcome: done, refused or failed, the last two with a reason.
- If it is done, it has one prediction, by one model. If it is done or refused, the audit trail has
  one result.
- Its files are there (the photo, what is made of it for pages and networks and, once it is
  measured, the overlay), and no others. What a killed process left behind may stay until the daily
  clean-up, which the check runs.
- If it was deleted, it is gone.

So that faults hit photos half-way, most scenarios hold each reading up by {slow} s, end leases
after {lease} s instead of 30, sweep every second instead of every 10, and wait {wait} s for locks
instead of 10. Between machines the hold-up is 1 s and the lease 15 s. The hundred slow uploads and
the thousand photos run with the product's own times; the thousand are put into the database
without HTTP.

The time to recover counts from when everything works and is started again to the last photo's
outcome; most of it is the lease, which has to end. The times are of a machine with two cores and
much other work: compare them with each other alone. `tests/faults` has some scenarios more: about
mails, locks and neighbours, which end with no photo, and some that were added since the last run.

| scenario | on | last run | runs | photos | outcomes | seconds to recover: median, most |
| --- | --- | --- | --- | --- | --- | --- |
"""


def rows(found):
    runs = defaultdict(list)
    for one in found:
        runs[one["scenario"], one["kind"]].append(one)
    for (scenario, kind), ran in sorted(runs.items()):
        outcomes = Counter()
        for one in ran:
            outcomes.update(one["outcomes"], deleted=one["withdrawn"])
        ends = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()) if count)
        uploads, seconds = sum(one["uploads"] for one in ran), [one["seconds"] for one in ran]
        times = f"{median(seconds):.1f}, {max(seconds):.1f}"
        day = max(one["day"] for one in ran)
        yield f"| {scenario} | {kind} | {day} | {len(ran)} | {uploads} | {ends} | {times} |\n"


def main(path=record.PATH):
    found = record.read(Path(path))
    times = {
        "slow": record.SLOW_SECONDS,
        "lease": record.LEASE_SECONDS,
        "wait": record.WAIT_SECONDS,
    }
    DOCUMENT.write_text(HEAD.format(**times) + "".join(rows(found)))
    print(f"{DOCUMENT.relative_to(record.ROOT)}: {len(found)} runs")


if __name__ == "__main__":
    main(*sys.argv[1:])
