"""Writes docs/performance.md and docs/capacity.md from the record."""

from typing import Any

from ml.evaluation.markdown import table
from tests.load.tables import aims, capacity, costs, least_memory

TITLES = {
    "budget": "## What a screening costs, stage by stage",
    "costs": "## What a screening costs in all processes",
    "peers": "## A visit, from form to result, compared with servers that answer in the request",
    "floors": "## The least memory of the programs",
    "against": "## Compared with the naive design",
    "workers": "## Photos read",
    "pages": "## Pages, with many people at once and photos waiting",
    "rows": "## List pages, by number of rows",
    "slow_line": "## A photo on a slow line",
    "memory": "## Memory of all processes",
    "soak": "## Memory over many screenings",
}
WRITTEN = """\
Written by `make load` from `performance.json`, which has every figure. In most sections, Locust
simulates the users on the same machine, and takes CPU from the server. Compare ratios within a
section. Absolute times depend on the load of the machine."""
AGAINST = """\
For {seconds} s, each of {senders} clients uploads one photo after another. Both servers use the
same model and photos. SkinScreen re-encodes and stores each photo and averages predictions over
four views. The naive server stores nothing and uses one view."""
PEERS = """\
Each client sends one photo after another. SkinScreen's clients fetch the form, send the photo,
fetch the photo's page, poll, and fetch the result. They fetch no measurements, since a page shows
these only after the person's answers. The other servers answer within the request and store
nothing; they have as many processes as SkinScreen has workers. Processor time and memory (PSS) are
sums over all processes.

SkinScreen also measures each photo, encrypts and stores it, and serves the pages of the visit. Its
web processes spend most of their time on those pages, which need a session and a template each."""
BUDGET = """\
The table has the processor time of one process. Each stage runs by itself, and its figure is the
median of five runs. Other processes affect this figure little. The photos are drawn by a program,
with the noise of a camera."""
STAGES = {
    "cleaned": "in the decoder, total",
    "decoded": "of that, decoding",
    "encoded": "of that, encoding our own JPEG",
    "viewed": "of that, making the networks' views",
    "answered": "the answer, in a worker",
    "measured": "measuring, in a worker",
}
# How often each stage counts in a sum. Before ADR 37, the answer and the measurement each decoded
# the stored photo and made its view.
TOTALS = {
    "**total**": {"cleaned": 1, "answered": 1, "measured": 1},
    "if the photo were decoded for each use, as before ADR 37": {
        "cleaned": 1,
        "answered": 1,
        "measured": 1,
        "decoded": 2,
        "viewed": 2,
    },
}
KIBS = {"stored": "KiB stored", "piped": "KiB through the decoder's pipes, total"}
PAGES_TEXT = """\
For {seconds} s, {people} users each open about one page per second, two clinicians work, and two
users upload continuously. The queue held {before} photos at the start and {after} at the end."""
ROWS_TEXT = """\
The aim is 60 ms with 100,000 screenings. Pages that take longer count all matching rows: pages of
figures count the photos of their period, and a filtered list in the admin counts its photos, to
know how many pages to link to."""
SHARES = """\
The table has the PSS in MiB, summed over the processes of a kind. The PSS counts shared memory only
once. “At rest” is before the first photo."""
SLOW_LINE = """\
The table has the time from the tap on "Send the photo" until the photo's page shows the photo, in
Chromium on "fast 3G" (750 kbit/s up, 1.6 Mbit/s down, 150 ms of latency). The photos are drawn by a
program, with the noise of a camera."""
BY_ROLE = """\
Processor time (ms) per result, by kind of process. A web process is replaced after about 10,000
requests, and its decoder with it. The ended decoder's time then moves to web, so the decoders'
figure can be negative:"""
MEMORY = """\
The table has the memory of the largest process of each type, in MiB. The last row is the growth
over the second half of the samples. Mapped files (up to 256 MiB of SQLite's database) are not
included, since the kernel can drop their pages at any time."""


def performance(record: dict[str, Any]) -> str:
    """Return docs/performance.md."""
    parts = ["# Under load", WRITTEN]
    for name, write in SECTIONS.items():
        if measured := record.get(name):
            parts += [TITLES[name], where(measured), write(measured["figures"], measured["size"])]
    return "\n\n".join(parts) + "\n"


def where(record: dict[str, Any]) -> str:
    machine = record["machine"]
    text = f"{machine['on']}, {machine['processor']}, {machine['cores']} cores, "
    text += f"{machine['memory_gib']} GiB, load {machine['load_before']} before the run."
    if machine["load_before"] > 1:
        text += " **The machine was already busy, possibly with the previous section. "
        text += "Rely on ratios, not on absolute times.**"
    return text


def against(figures: dict[str, Any], size: dict[str, Any]) -> str:
    ours, naive = figures["skinscreen"], figures["naive"]
    names = {
        "per_s": "photos accepted a second",
        "completed_per_s": "photos read a second",
        "p50_ms": "upload response time, p50 (ms)",
        "p95_ms": "upload response time, p95 (ms)",
        "p99_ms": "upload response time, p99 (ms)",
        "memory_mib": "memory, sum of the largest process of each type (MiB)",
    }
    rows = [
        [text, f"{ours[name]:.1f}", f"{naive[name]:.1f}", f"{ours[name] / naive[name]:.2f} x"]
        for name, text in names.items()
    ]
    head = ["", "SkinScreen", "Flask with `predict` in the request", "ratio"]
    return AGAINST.format(**size) + "\n\n" + table(head, rows)


def workers(figures: dict[str, Any], size: dict[str, Any]) -> str:
    rates = figures["per_minute"]
    rows = [[n, f"{rate:.0f}", f"{rate / rates['1']:.2f} x"] for n, rate in rates.items()]
    text = f"Workers empty a queue of {size['backlog']} photos.\n\n"
    return text + table(["worker processes", "photos a minute", "speed-up over one worker"], rows)


def pages(figures: dict[str, Any], size: dict[str, Any]) -> str:
    waited = {"before": figures["waiting_before"], "after": figures["waiting_after"]}
    text = PAGES_TEXT.format(**size, **waited) + "\n\n"
    rows = [
        [name, str(times["requests"]), *(f"{times[f'p{share}_ms']:.0f}" for share in (50, 95, 99))]
        for name, times in sorted(figures["times"].items())
    ]
    return text + table(["page", "requests", "p50 ms", "p95 ms", "p99 ms"], rows)


def rows(figures: dict[str, Any], size: dict[str, Any]) -> str:
    counts = list(figures)
    few, many = figures[counts[0]], figures[counts[-1]]
    cells = [
        [name, *(str(figures[n].get(name, "-")) for n in counts), f"{many[name] / few[name]:.1f} x"]
        for name in few
        if name in many and few[name]
    ]
    heads = [f"{int(n):,} screenings, ms" for n in counts]
    return ROWS_TEXT + "\n\n" + table(["page", *heads, "ratio"], cells)


def soak(figures: dict[str, Any], size: dict[str, Any]) -> str:
    samples = figures["samples"]
    roles = [name for name in samples[0] if name != "screenings" and samples[0][name]]
    cells = [[f"{s['screenings']:,}", *(str(s[role]) for role in roles)] for s in samples]
    grown = [f"{samples[-1][role] - samples[len(samples) // 2][role]:+d}" for role in roles]
    return MEMORY + "\n\n" + table(["screenings", *roles], [*cells, ["growth", *grown]])


def slow_line(figures: dict[str, Any], size: dict[str, Any]) -> str:
    rows = [[f"{one['mb']:.1f}", f"{one['seen_s']:.0f}"] for one in figures["photos"]]
    return SLOW_LINE + "\n\n" + table(["photo, MB", "seconds until the page shows it"], rows)


def memory(figures: dict[str, Any], size: dict[str, Any]) -> str:
    resting, after = figures["rest"], figures["after"]
    rows = [[role, f"{resting[role]:.0f}", f"{after[role]:.0f}"] for role in resting]
    rows.append(["**total**", *(f"{sum(shares.values()):.0f}" for shares in (resting, after))])
    return SHARES + "\n\n" + table(["", "at rest", f"after {figures['photos']:,} photos"], rows)


def peers(figures: dict[str, Any], size: dict[str, Any]) -> str:
    heads = ["photo", "clients", "server", "results", "results a second"]
    heads += ["ms of processor time per result", "result p50 ms", "result p95 ms"]
    heads += ["upload p95 ms", "memory, MiB"]
    cells = [
        (photo, clients, server, cell)
        for server, photos in figures.items()
        for photo, crowds in photos.items()
        for clients, cell in crowds.items()
    ]
    cells.sort(key=lambda row: (row[0] != "512 px", int(row[1])))
    rows = [
        [photo, clients, server, str(cell["requests"]), f"{cell['per_s']:.2f}"]
        + [f"{sum(cell['cpu_ms'].values()):.0f}"]
        + [f"{cell[name]:.0f}" for name in ("p50_ms", "p95_ms", "upload_p95_ms", "pss_mib")]
        for photo, clients, server, cell in cells
    ]
    spent = [
        f"{server}, {photo}, {clients} clients: "
        + ", ".join(f"{role} {ms:.0f}" for role, ms in cell["cpu_ms"].items())
        for photo, clients, server, cell in cells
        if len(cell["cpu_ms"]) > 1
    ]
    by_role = f"{BY_ROLE}\n\n" + "\n".join(f"- {cost}" for cost in spent)
    compared = [aims.ratios(figures), aims.times(figures)]
    return "\n\n".join([PEERS, table(heads, rows), *compared, by_role])


def budget(figures: dict[str, Any], size: dict[str, Any]) -> str:
    rows = [
        [text, *(f"{figure['ms'][name]:.0f}" for figure in figures.values())]
        for name, text in STAGES.items()
    ]
    for text, parts in TOTALS.items():
        sums = [
            sum(n * figure["ms"][part] for part, n in parts.items()) for figure in figures.values()
        ]
        rows.append([text, *(f"{ms:.0f}" for ms in sums)])
    for name, text in KIBS.items():
        rows.append([text, *(f"{figure[name] / 1024:,.0f}" for figure in figures.values())])
    return BUDGET + "\n\n" + table(["ms of processor time", *figures], rows)


SECTIONS = {
    "budget": budget,
    "costs": costs.costs,
    "peers": peers,
    "floors": least_memory.floors,
    "against": against,
    "workers": workers,
    "pages": pages,
    "rows": rows,
    "slow_line": slow_line,
    "memory": memory,
    "soak": soak,
}
PAGES = {"performance.md": performance, "capacity.md": capacity.page}
