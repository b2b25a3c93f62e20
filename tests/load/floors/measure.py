"""Measures the least possible costs of a screening and of its parts, in one run.

The parts do only what every design has to do: a page without content, an answer without a template,
a task that does nothing, a commit that changes nothing. Each is measured in the site itself, by the
processor time of all processes.
"""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import requests
from PIL import Image

from diagnosis.classification import active_model
from diagnosis.measurement import analysis
from ml.preprocessing.views import Views
from tests.journeys.stack import Stack, eventually
from tests.load import budget, peers, sections
from tests.load.driver import Crowd, drive
from tests.load.floors.programs import PROGRAMS
from tests.load.size import Size

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.load.floors.settings"}
TIMES = 300
COMPARED = ("Flask + Keras, one view", "Flask + LiteRT, as many views")


def floors(scratch: Path, size: Size) -> dict[str, Any]:
    """Return the costs of the parts and of a visit by photo, and the memory of the programs."""
    folders = {
        name: peers.drawn(scratch / name.replace(" ", "-"), sides)
        for name, sides in peers.SIDES.items()
    }
    with sections.site(scratch, peers.PROCESSES, 1, SETTINGS) as stack:
        server = peers.Server(stack.url, "FullVisit", partial(peers.roles_of, stack), stack)
        crowd = (scratch / "crowd.json").read_text()
        memory = {name: program(stack, name) for name in PROGRAMS}
        parts = small_parts(server, stack, json.loads(crowd)["people"][0])
        visits = {}
        for name, folder in folders.items():
            (folder / "crowd.json").write_text(crowd)
            visits[name] = visit(server, Crowd(folder, 1, size.seconds))
    model = active_model.load(active_model.model_dir())
    by_photo = {
        name: {
            **visits[name],
            **of_photo((folder / "0.jpg").read_bytes(), model),
            "peers": {peer: others(folder, peer, size) for peer in COMPARED},
        }
        for name, folder in folders.items()
    }
    return {"cores": os.cpu_count(), "parts": parts, "photos": by_photo, "memory": memory}


def program(stack: Stack, name: str) -> dict[str, float]:
    printed = sections.run(stack, "-m", "tests.load.floors.programs", name)
    taken: dict[str, float] = json.loads(printed.splitlines()[-1])
    return taken


def small_parts(server: peers.Server, stack: Stack, cookie: str) -> dict[str, float]:
    person = requests.Session()
    person.cookies["sessionid"] = cookie

    def look(address: str) -> None:
        for _ in range(TIMES):
            person.get(server.url + address, timeout=600).raise_for_status()

    look("/floor/page/")  # a warm-up, which loads libraries
    page, answer, committed = (
        each(server, partial(look, f"/floor/{name}/")) for name in ("page", "answer", "commit")
    )
    send = partial(sections.run, stack, "-m", "tests.load.floors.sender", str(TIMES))
    commit = max(committed - answer, 0.0)
    return {"page": page, "answer": answer, "commit": commit, "task": each(server, send)}


def each(server: peers.Server, work: Callable[[], object]) -> float:
    """Return the processor time of all processes in ms, for one of `TIMES` repetitions."""
    before = sum(server.cpu_ms().values())
    work()
    return round((sum(server.cpu_ms().values()) - before) / TIMES, 2)


def visit(server: peers.Server, crowd: Crowd) -> dict[str, Any]:
    """Return the time of a person's whole visit, and its requests of each kind."""
    drive(Crowd(crowd.scratch, 1, 10), server.url, server.user)  # to load the libraries
    eventually(server.is_idle, within=600)
    before = sum(server.cpu_ms().values())
    times = drive(crowd, server.url, server.user)
    eventually(server.is_idle, within=600)
    results = times.pop("result")["requests"]
    spent = sum(server.cpu_ms().values()) - before
    requested = {name: round(row["requests"] / results, 2) for name, row in times.items()}
    return {"whole": round(spent / results, 1), "requests": requested}


def of_photo(photo: bytes, model: Any) -> dict[str, float]:
    """Return the time of decoding and encoding a photo, of its networks, and of measuring it."""
    works, kept = budget.stages(photo, model)
    views = Views.from_bytes(kept.renditions.views)
    outliner = analysis.outliner(analysis.outliner_dir())
    picture = Image.fromarray(views.whole)

    def networks() -> None:
        model.explain(views)
        outliner.input_and_logits(picture)

    parts = {name: works[name] for name in ("cleaned", "answered", "measured")}
    ms = {"networks": networks, **parts}
    return {name: round(budget.cpu_ms(work), 1) for name, work in ms.items()}


def others(folder: Path, name: str, size: Size) -> float:
    with peers.peer(folder, peers.PEERS[name]) as server:
        spent: dict[str, float] = peers.cell(server, Crowd(folder, 1, size.seconds))["cpu_ms"]
        return round(sum(spent.values()), 1)
