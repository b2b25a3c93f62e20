"""Writes docs/capacity.md: machines and costs by the number of screenings a year."""

from math import ceil
from typing import Any

from ml.evaluation.markdown import table

YEARLY = (10_000, 1_000_000, 100_000_000)
MINUTES_A_YEAR = 365 * 24 * 60
# Assumptions, all listed on the page. The prices are parameters, not offers.
PEAK = 10  # the busiest minute, relative to the average
BUSY = 0.5  # share of a machine's capacity that is used in the busiest minute
SPARE = 1  # additional machines, so that one may fail
COPIES = 2  # copies of each photo: in the store, and in a backup
MACHINE_HOUR, GIB_MONTH = 0.10, 0.02

ASSUMED = {
    "load in the busiest minute, relative to the average": f"{PEAK} x",
    "share of a machine's capacity that is used in that minute": f"{BUSY:.0%}",
    "spare machines, if more than one is needed": str(SPARE),
    "copies of each photo": str(COPIES),
    "price of one hour of a machine like the measured one": f"{MACHINE_HOUR:.2f}",
    "price of storing one GiB for a month": f"{GIB_MONTH:.2f}",
}

HEAD = [
    "screenings a year",
    "screenings in the busiest minute",
    "machines",
    "GiB a year",
    "cost of the first year",
]
WRITTEN = "Written by `make load` from `performance.json`: measurements first, then assumptions."
MEASURED = """\
Measured: two worker processes on {cores} cores ({processor}, load {load_before} before the run)
read {rate:.0f} photos a minute. A screening of 640 × 480 px occupies {kib:.0f} KiB; larger photos
occupy more. Measuring a lesion takes {measuring} times as long as reading its photo
(`manage.py time_measuring`). The last table counts machines for both reading and measuring."""
PRICES = """\
The prices are placeholders without a currency, not a provider's prices. Put your own into
`tests/load/tables/capacity.py`. Staff, mail, traffic and support are not included."""
MACHINES = """\
Each machine runs web processes and workers. Most of the work is reading and measuring photos, and a
worker process uses one core. A single machine needs only `make run`, with SQLite and a broker of
its own. Two machines or more also need PostgreSQL, a broker and a photo store (`compose.yaml`,
`docs/kubernetes.yaml`), each on a machine that the table does not count. All rows are calculated.
No site of the last row's size was ever run. At that size, database tables should be partitioned by
year."""


def page(record: dict[str, Any]) -> str:
    """Return docs/capacity.md, or a sentence that the measurements are missing."""
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
    # Averaged over the year, half of its photos are stored.
    cost = machines * 24 * 365 * MACHINE_HOUR + stored / 2 * 12 * GIB_MONTH
    return [f"{yearly:,}", f"{peak:,.1f}", f"{machines:,}", f"{stored:,.1f}", f"{cost:,.0f}"]
