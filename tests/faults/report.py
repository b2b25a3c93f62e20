"""`python -m tests.faults.report`: write docs/reliability.md from what the tests recorded."""

import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

from tests.faults import record

DOCUMENT = record.ROOT / "docs" / "reliability.md"
HEAD = """\
# What it survives

<!-- Written by `python -m tests.faults.report docs/reliability.jsonl`. -->

Each scenario runs the real processes: gunicorn, Celery workers, beat, the broker and the
database. It sends photos, breaks something, lets it recover, and then asks the same of every
photo that was accepted: it has exactly one end (done, refused or failed, with a reason where
there is no result), one row, exactly one prediction of one model and one result in the audit
trail if it is done, and its two files, beside which there are none. Deleted photos stay
deleted.

To have each photo hit in the middle, its reading is held up by half a second, and leases last
{lease} s instead of 30 (between machines by a second, and 15 s). How long it took to recover
counts from when nothing was broken any more to the last photo's end; most of it is the lease,
which has to run out. The times are those of a machine with two cores and much other work: they
compare with each other alone.

| scenario | on | runs | photos | what became of them | recovered in s: median, most |
| --- | --- | --- | --- | --- | --- |
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
        yield f"| {scenario} | {kind} | {len(ran)} | {uploads} | {ends} | {times} |\n"


def main(path=record.PATH):
    found = record.read(Path(path))
    DOCUMENT.write_text(HEAD.format(lease=record.LEASE_SECONDS) + "".join(rows(found)))
    print(f"{DOCUMENT.relative_to(record.ROOT)}: {len(found)} runs")


if __name__ == "__main__":
    main(*sys.argv[1:])
