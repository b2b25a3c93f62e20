"""The tables of the least possible costs, beside the aims."""

from typing import Any

from ml.evaluation.markdown import table

FLOORS = """\
Processor time of all processes for a person's whole visit, and the least that its parts can cost in
this site. A page without content has only a session, a person and the template. The upload, the
picture and the parts of a page that are fetched later need no such template. A task without content
goes through the same broker and worker; the commits are those of a photo, its result and its
measurement. The least includes neither polls nor the SQL statements of pages and tasks. It is given
twice: with only the networks of measuring, and also with the features and drawings. The other
servers were measured in the same run, one client each, and measure nothing.

The ratio is another server's time divided by ours: 1 means the same cost. If the ratio of the least
time is below the aim, a site with these parts cannot reach the aim."""
MEMORY = """\
The least memory of the programs, in MiB. For each program: its memory after its imports, before any
work, and the memory that a process forked from it copies to read one row. The files of libraries
are shared between programs, so only those of the largest program count. The broker is not
included."""
COMMITS, TASKS = 3, 2
CROWD = 32
# The requests of a visit that get a whole page. Polls are left out.
PAGES, POLL = ("form", "page"), "waiting"
# Aims by photo: the other server's processor time divided by ours.
AIMS = {
    "512 px": {"Flask + Keras, one view": 0.9, "Flask + LiteRT, as many views": 0.35},
    "12 MP": {"Flask + Keras, one view": 0.75, "Flask + LiteRT, as many views": 0.55},
}
MIB_AIM = 400
FORKED = {"web": 2, "worker": 2}
DECODERS = 2


def floors(figures: dict[str, Any], size: dict[str, Any]) -> str:
    return "\n\n".join([FLOORS, times(figures), MEMORY, memory(figures["memory"])])


def times(figures: dict[str, Any]) -> str:
    photos = figures["photos"]
    columns = {name: parts_of(figures["parts"], one) for name, one in photos.items()}
    least = {name: sum(parts.values()) for name, parts in columns.items()}
    extra = {name: one["measured"] - one["networks"] for name, one in photos.items()}
    measuring = {name: ms + extra[name] for name, ms in least.items()}
    rows = [
        [text, *(f"{parts[text]:.1f}" for parts in columns.values())]
        for text in next(iter(columns.values()))
    ]
    rows.append(["**the least possible**", *(f"{ms:.0f}" for ms in least.values())])
    rows.append(["features and drawings", *(f"{ms:.1f}" for ms in extra.values())])
    rows.append(["**the least with them**", *(f"{ms:.0f}" for ms in measuring.values())])
    rows.append(["a whole visit", *(f"{one['whole']:.0f}" for one in photos.values())])
    for peer in next(iter(photos.values()))["peers"]:
        theirs = {name: one["peers"][peer] for name, one in photos.items()}
        rows += [
            [peer, *(f"{ms:.0f}" for ms in theirs.values())],
            ["ratio, whole visit", *(f"{theirs[n] / photos[n]['whole']:.2f}" for n in photos)],
            ["ratio, least possible", *(f"{theirs[n] / least[n]:.2f}" for n in photos)],
            ["ratio, least with them", *(f"{theirs[n] / measuring[n]:.2f}" for n in photos)],
            ["ratio aimed at", *(f"{AIMS[n][peer]:.2f}" for n in photos)],
        ]
    waits = {name: CROWD * ms / figures["cores"] / 1000 for name, ms in least.items()}
    rows.append(
        [f"seconds of a visit with {CROWD} clients, least", *(f"{s:.1f}" for s in waits.values())]
    )
    return table(["ms of processor time", *photos], rows)


def parts_of(parts: dict[str, float], photo: dict[str, Any]) -> dict[str, float]:
    """Return the least time of each part of a visit, by its text in the table."""
    requests: dict[str, float] = {n: c for n, c in photo["requests"].items() if n != POLL}
    pages = sum(requests.pop(name) for name in PAGES)
    return {
        f"pages without content, {parts['page']:.1f} each": pages * parts["page"],
        f"other answers without content, {parts['answer']:.1f} each": (
            sum(requests.values()) * parts["answer"]
        ),
        f"{COMMITS} commits, {parts['commit']:.1f} each": COMMITS * parts["commit"],
        f"{TASKS} tasks without content, {parts['task']:.1f} each": TASKS * parts["task"],
        "decoding and encoding, in the decoder": photo["cleaned"],
        "the answer": photo["answered"],
        "measuring: the networks alone": photo["networks"],
    }


def memory(programs: dict[str, dict[str, float]]) -> str:
    own = {name: taken["own"] for name, taken in programs.items()}
    own["decoder"] *= DECODERS
    rows = {
        **own,
        "copied by forked processes": sum(
            n * programs[name]["copied"] for name, n in FORKED.items()
        ),
        "files of the largest program": max(taken["files"] for taken in programs.values()),
    }
    rows["**the least possible**"] = sum(rows.values())
    rows["aimed at, at rest"] = MIB_AIM
    return table(["", "MiB"], [[text, f"{mib:.0f}"] for text, mib in rows.items()])
