"""Tables that compare our figures and the least site's with the aims (see `RATIOS`, `TIMES`)."""

from typing import Any

from ml.evaluation.markdown import table

# The figures of a server, by photo and number of clients.
Cells = dict[str, dict[str, dict[str, Any]]]

RATIOS = """\
The table divides another server's processor time for a result by that of SkinScreen, and by that of
the least site. 1 means the same cost. The least site has the same processes and gets the same
requests, but leaves out all that is not essential. Its pages have a session and a template, but no
content. It decodes, encodes, encrypts and stores each photo, writes its row once for each step, and
runs the networks that answer and measure, without features and drawings. If the least site's ratio
is below the aim, a site with these parts cannot reach the aim."""
TIMES = """\
The table has times and rates for photos of 512 px. The aims for times are upper limits, from
Flask + Keras in the same run: its result p50 for the result, and half of it for an upload. The aim
for the rate is a lower limit."""
OURS, LEAST = "SkinScreen", "The least site"
KERAS, LITERT = "Flask + Keras, one view", "Flask + LiteRT, as many views"
# The least ratio that is aimed for, by photo and server.
AIMS = {"512 px": {KERAS: 0.9, LITERT: 0.35}, "12 MP": {KERAS: 0.75, LITERT: 0.55}}
SMALL, FEW, MANY = "512 px", "8", ("32", "128")
RATE_AIM = 0.9
KINDS = ("result p50 ms", "upload p95 ms", f"results a second, relative to {FEW} clients")


def ratios(figures: dict[str, Cells]) -> str:
    rows = [
        [photo, clients, peer, *cheaper(figures, photo, clients, peer), str(aim)]
        for photo, aims in AIMS.items()
        for clients in figures[OURS][photo]
        for peer, aim in aims.items()
    ]
    return f"{RATIOS}\n\n{table(['photo', 'clients', 'server', OURS, LEAST, 'aim'], rows)}"


def cheaper(figures: dict[str, Cells], photo: str, clients: str, peer: str) -> list[str]:
    """Return a peer's processor time divided by ours, and by the least site's."""
    theirs, *sites = (
        sum(figures[name][photo][clients]["cpu_ms"].values()) for name in (peer, OURS, LEAST)
    )
    return [f"{theirs / site:.2f}" for site in sites]


def times(figures: dict[str, Cells]) -> str:
    rows: list[list[str]] = []
    for clients in MANY:
        if {clients, FEW} <= set(figures[KERAS][SMALL]):
            limit = figures[KERAS][SMALL][clients]["p50_ms"]
            aims = [f"{limit:.0f}", f"{limit / 2:.0f}", str(RATE_AIM)]
            sites = [measured(figures[name][SMALL], clients) for name in (OURS, LEAST)]
            rows += map(list, zip([clients] * len(KINDS), KINDS, *sites, aims, strict=True))
    return f"{TIMES}\n\n{table(['clients', '', OURS, LEAST, 'aim'], rows)}"


def measured(crowds: dict[str, dict[str, Any]], clients: str) -> list[str]:
    """Return a server's figures in the order of `KINDS`."""
    cell = crowds[clients]
    rate = cell["per_s"] / crowds[FEW]["per_s"]
    return [f"{cell['p50_ms']:.0f}", f"{cell['upload_p95_ms']:.0f}", f"{rate:.2f}"]
