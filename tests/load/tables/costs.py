"""The table of what a screening costs, today and at commit 120393c."""

from typing import Any

from ml.evaluation.markdown import table

COSTS = """\
The table has the processor time of all processes for a screening, from the upload to its
measurements, without pages and polls. One photo is sent after the other. The least possible time
is that of one decoding, one encoding of our own JPEG and one answer, in one process. The figures of
commit 120393c were measured on another machine with two cores, so compare only the last two rows.

The least possible time does not include measuring. The stages above show that measuring costs more
than the answer. Both together take most of the worker's time, and half of a small photo's total."""
# By photo, in ms: the total and the least possible time at commit 120393c, and the aim for the
# total.
EARLIER = {
    "512 px": (211, 39, 100),
    "3072 px": (559, 103, 190),
    "12 MP": (1222, 194, 290),
    "12 MP HEIC": (1855, 727, 900),
}


def costs(figures: dict[str, Any], size: dict[str, Any]) -> str:
    of_photos = list(figures.values())
    totals = [sum(row["ms"].values()) for row in of_photos]
    floors = [row["floor"] for row in of_photos]
    before, before_floors, aims = zip(*(EARLIER[name] for name in figures), strict=True)
    milliseconds = {
        **{role: [row["ms"][role] for row in of_photos] for role in of_photos[0]["ms"]},
        "**total**": totals,
        "aimed at": aims,
        "least possible": floors,
        "commit 120393c, total": before,
        "commit 120393c, least possible": before_floors,
    }
    times = {
        "times the least possible": zip(totals, floors, strict=True),
        "commit 120393c, times the least possible": zip(before, before_floors, strict=True),
    }
    rows = [[text, *(f"{ms:,.0f}" for ms in row)] for text, row in milliseconds.items()]
    rows += [[text, *(f"{ms / least:.1f} x" for ms, least in row)] for text, row in times.items()]
    return COSTS + "\n\n" + table(["ms of processor time", *figures], rows)
