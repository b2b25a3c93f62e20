"""docs/capacity.md: machines and money for so many screenings a year, from the record."""

from math import ceil
from typing import Any

from ml.evaluation.markdown import table

YEARLY = (10_000, 1_000_000, 100_000_000)
MINUTES_A_YEAR = 365 * 24 * 60
# Assumptions, all listed on the page. The prices are parameters, not offers.
PEAK = 10  # the busiest minute against the average one
BUSY = 0.5  # how much of a machine may be used then
SPARE = 1  # machines beyond the load's need, so that one may fail
COPIES = 2  # of each photo: the store's own, and a backup
MACHINE_HOUR, GIB_MONTH = 0.10, 0.02

ASSUMED = {
    "the busiest minute, against the average one": f"{PEAK} x",
    "how much of a machine may be used then": f"{BUSY:.0%}",
    "machines to spare, where it is more than one": str(SPARE),
    "copies of each photo": str(COPIES),
    "a machine like the one measured, an hour": f"{MACHINE_HOUR:.2f}",
    "a GiB stored, a month": f"{GIB_MONTH:.2f}",
}

HEAD = ["screenings a year", "busiest minute", "machines", "GiB a year", "cost of the first year"]
WRITTEN = "Written by `make load` from `performance.json`: what was measured, and what is assumed."
MEASURED = """\
Measured: {rate:.0f} photos a minute with two worker processes on {cores} cores ({processor},
load {load_before} before the run), and {kib:.0f} KiB that a screening of 640 × 480 px leaves
behind; larger photos leave more. Measuring a photo takes {measuring} times as long as reading it
(`manage.py time_measuring`), later: the machines below are for both."""
PRICES = """\
The prices are parameters without a currency (`tests/load/capacity.py`), and nobody's offer: put
in yours. People, mail, traffic and support are not in them."""
MACHINES = """\
Machines run web and workers alike: reading photos is most of the work, and a worker process
takes a core. On one machine `make run` does it, with SQLite and its own broker. From two on,
PostgreSQL, a broker and a store of photos come beside them (`compose.yaml`,
`docs/kubernetes.yaml`), each on a machine of its own that is not in the table. The last row is
arithmetic: nobody has run it. Its tables would want partitions by year."""


def page(record: dict[str, Any]) -> str:
    """Return docs/capacity.md; without the measurements that it needs, a sentence that says so."""
    if "workers" not in record:
        return "# Capacity\n\nNot measured yet: run `make load`.\n"
    figures = record["workers"]["figures"]
    rate, measuring = figures["per_minute"]["2"], figures["measuring"]
    bytes_each = sum(figures["bytes"].values())
    rows = [row(yearly, rate / (1 + measuring), bytes_each) for yearly in YEARLY]
    measured = MEASURED.format(
        rate=rate, kib=bytes_each / 1024, measuring=measuring, **record["workers"]["machine"]
    )
    assumed = table(["assumed", ""], [[text, value] for text, value in ASSUMED.items()])
    parts = ["# Capacity", WRITTEN, measured, assumed, PRICES, table(HEAD, rows), MACHINES]
    return "\n\n".join(parts) + "\n"


def row(yearly: int, rate: float, bytes_each: float) -> list[str]:
    peak = PEAK * yearly / MINUTES_A_YEAR
    needed = ceil(peak / (BUSY * rate))
    machines = needed + SPARE if needed > 1 else 1
    stored = COPIES * yearly * bytes_each / 2**30
    # On average half of the year's photos are stored.
    cost = machines * 24 * 365 * MACHINE_HOUR + stored / 2 * 12 * GIB_MONTH
    return [f"{yearly:,}", f"{peak:,.1f}", f"{machines:,}", f"{stored:,.1f}", f"{cost:,.0f}"]
