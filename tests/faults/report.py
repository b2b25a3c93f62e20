"""`python -m tests.faults.report`: writes docs/reliability.md from the records of the tests."""

import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

from tests.faults import record

DOCUMENT = record.ROOT / "docs" / "reliability.md"
HEAD = """\
# Reliability: which failures SkinScreen survives

<!-- Written by `python -m tests.faults.report docs/reliability.jsonl`. -->

Each scenario runs the real processes: gunicorn, Celery workers, beat, the broker and the database.
It uploads photos, breaks something, and lets the site recover. Then it checks every accepted photo:

- The photo has one row and one outcome: done, refused or failed. If it is refused or failed, it
  has a reason.
- A photo that is done has one prediction, by one model. A photo that is done or refused has one
  result in the audit trail.
- The expected files are there, and no others: the photo, the images that pages and networks use,
  and the overlay once the photo is measured. Files of a killed process may stay until the daily
  clean-up, which the check runs.
- A deleted photo is gone.

Most scenarios change times so that faults occur during a classification: a classification takes
{slow} s longer, leases end after {lease} s instead of 30, the sweep runs every second instead of
every 10, and requests wait {wait} s for locks instead of 10. With several machines a classification
takes 1 s longer, and the lease is 15 s. Two scenarios use the product's own times: the hundred slow
uploads and the thousand photos. The thousand photos are put into the database without HTTP.

The time to recover starts when everything works and runs again, and ends with the last photo's
outcome. Most of it is spent waiting for leases to end. The machine has two cores and did much other
work: compare these times only with each other. `tests/faults` has more scenarios: some about mails,
locks and private folders, which have no photo, and some that are newer than the last run.

| scenario | set-up | last run | runs | photos | outcomes | seconds to recover: median, maximum |
| --- | --- | --- | --- | --- | --- | --- |
"""


def rows(results):
    runs = defaultdict(list)
    for result in results:
        runs[result["scenario"], result["kind"]].append(result)
    for (scenario, kind), ran in sorted(runs.items()):
        outcomes = Counter()
        for result in ran:
            outcomes.update(result["outcomes"], deleted=result["withdrawn"])
        ends = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()) if count)
        uploads, seconds = sum(run["uploads"] for run in ran), [run["seconds"] for run in ran]
        times = f"{median(seconds):.1f}, {max(seconds):.1f}"
        day = max(run["day"] for run in ran)
        yield f"| {scenario} | {kind} | {day} | {len(ran)} | {uploads} | {ends} | {times} |\n"


def main(path=record.PATH):
    results = record.read(Path(path))
    times = {
        "slow": record.SLOW_SECONDS,
        "lease": record.LEASE_SECONDS,
        "wait": record.WAIT_SECONDS,
    }
    DOCUMENT.write_text(HEAD.format(**times) + "".join(rows(results)))
    print(f"{DOCUMENT.relative_to(record.ROOT)}: {len(results)} runs")


if __name__ == "__main__":
    main(*sys.argv[1:])
