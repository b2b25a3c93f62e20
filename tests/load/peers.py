"""Compares SkinScreen, from form to result, with servers that classify within the request.

A minimal site with the same processes is measured, too (`least_site`). Each client waits for its
result before it sends the next photo. Processor time is summed over a server's processes of each
kind. It includes serving pages, answering polls and measuring.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import requests

from tests.journeys.stack import ROOT, Stack, eventually, free_port
from tests.load import photo_files, sections
from tests.load.driver import Crowd, LoadError, drive
from tests.load.floors import least_site
from tests.load.size import Size
from tests.load.tables.aims import KERAS, LEAST, LITERT, OURS

LEAST_SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.load.floors.settings"}
# The other servers, by the names of their runtimes in naive.py.
PEERS = {
    KERAS: "keras_predict",
    "Flask + LiteRT, one view": "litert",
    LITERT: "litert_four_views",
}
PROCESSES = 2  # SkinScreen's workers, and the processes of each other server
SIDES = {"512 px": (512, 384), "12 MP": (4032, 3024)}
PHOTOS = 4  # different photos of a size
TICKS = os.sysconf("SC_CLK_TCK")
OPEN = """
SELECT count(*) FROM diagnosis_screening
WHERE status IN ('pending', 'running') OR measure_at IS NOT NULL
"""


@dataclass
class Server:
    url: str
    user: str
    # Returns process ids by kind of process. `cpu_ms` adds the time of ended children to their
    # parent's.
    roles: Callable[[], dict[str, list[int]]]
    stack: Stack | None = None
    # A query that counts the photos with unfinished work.
    open_query: str = OPEN

    def cpu_ms(self) -> dict[str, float]:
        return {role: sum(map(cpu_ms, pids)) for role, pids in self.roles().items()}

    def pss_mib(self) -> float:
        return sum(pss_mib(pid) for pids in self.roles().values() for pid in pids)

    def is_idle(self) -> bool:
        return self.stack is None or sections.count(self.stack, self.open_query) == 0


def peers(scratch: Path, size: Size) -> dict[str, Any]:
    """Return the figures by server, photo and number of clients."""
    result: dict[str, Any] = {}
    for photo, sides in SIDES.items():
        folder = drawn(scratch / photo.replace(" ", "-"), sides)
        for name in (OURS, LEAST, *PEERS):
            with served(folder, name, max(size.clients)) as server:
                counts = size.clients if photo == "512 px" else (size.senders,)
                cells = {str(n): cell(server, Crowd(folder, n, size.seconds)) for n in counts}
                result.setdefault(name, {})[photo] = cells
    return result


def cell(server: Server, crowd: Crowd) -> dict[str, Any]:
    before = server.cpu_ms()
    times = drive(crowd, server.url, server.user)
    eventually(server.is_idle, within=1800)
    results = times["result"]["requests"]
    spent = {role: ms - before[role] for role, ms in server.cpu_ms().items()}
    return {
        **{name: times["result"][name] for name in ("requests", "per_s", "p50_ms", "p95_ms")},
        "upload_p95_ms": times.get("upload", times["result"])["p95_ms"],
        "cpu_ms": {role: round(ms / results, 1) for role, ms in spent.items()},
        "pss_mib": round(server.pss_mib()),
    }


def drawn(folder: Path, sides: tuple[int, int]) -> Path:
    folder.mkdir()
    for seed in range(PHOTOS):
        (folder / f"{seed}.jpg").write_bytes(photo_files.drawn(seed, sides))
    return folder


@contextmanager
def served(folder: Path, name: str, people: int) -> Iterator[Server]:
    if name in PEERS:
        running = peer(folder, PEERS[name])
    elif name == LEAST:
        running = ours(folder, people, LEAST_SETTINGS, least_site.OPEN)
    else:
        running = ours(folder, people)
    with running as server:
        yield server


@contextmanager
def ours(
    folder: Path,
    people: int,
    variables: Mapping[str, str] = MappingProxyType({}),
    open_query: str = OPEN,
) -> Iterator[Server]:
    with sections.site(folder, PROCESSES, people, variables) as stack:
        server = Server(stack.url, "FullVisit", partial(roles_of, stack), stack, open_query)
        with suppress(LoadError):  # a warm-up, whose failures do not matter
            drive(Crowd(folder, 4 * PROCESSES, 20), server.url, server.user)
        eventually(server.is_idle, within=600)
        yield server


def roles_of(stack: Stack) -> dict[str, list[int]]:
    words = {**sections.ROLES, "decoder": "diagnosis.decoder.process"}
    roles = {role: stack.processes(name) for role, name in words.items()}
    role_pids = {pid for pids in roles.values() for pid in pids}
    return {**roles, "other": [pid for pid in stack.processes() if pid not in role_pids]}


@contextmanager
def peer(folder: Path, runtime: str) -> Iterator[Server]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = f"tests.load.naive:serve('{runtime}')"
    options = ["-w", str(PROCESSES), "-t", "600", "-b", f"127.0.0.1:{port}", "--no-control-socket"]
    words = ["-m", "gunicorn", *options, "--log-level", "warning", app]
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    running = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=quiet)
    (folder / "crowd.json").write_text('{"people": [], "clinicians": []}')
    try:
        eventually(lambda: sections.answers(url), within=300)
        roles = {"web": [running.pid, *children(running.pid)]}
        server = Server(url, "Asker", lambda: roles)
        # Keras compiles `predict` at its first call in each process.
        for _ in range(4 * PROCESSES):
            photo = {"photo": (folder / "0.jpg").read_bytes()}
            requests.post(url, files=photo, timeout=600).raise_for_status()
        yield server
    finally:
        running.terminate()
        running.wait()


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def cpu_ms(pid: int) -> float:
    """Return the processor time of a process and of its ended children."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * sum(map(int, words[11:15])) / TICKS


def pss_mib(pid: int) -> float:
    match = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    assert match
    return int(match[1]) / 1024
