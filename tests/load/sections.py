"""The measurements of docs/performance.md, one function per section. Each returns figures."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import requests

from ml.bench import drawn_photos
from ml.paths import RECORDS
from tests.journeys.stack import ROOT, Stack, eventually, free_port
from tests.load.budget import budget
from tests.load.driver import Crowd, drive
from tests.load.size import Size

WORKER = "celery --quiet -A skinscreen worker"
FINISHED = "SELECT count(*) FROM diagnosis_screening WHERE status NOT IN ('pending', 'running')"
# From the first sent photo to the last result, without Locust's start-up.
SECONDS_TAKEN = """
SELECT 86400 * (julianday(max(finished_at)) - julianday(min(created_at))) FROM diagnosis_screening
"""
WAITING = "SELECT count(*) FROM diagnosis_screening WHERE status IN ('pending', 'running')"
ROLES = {
    "web": "gunicorn",
    "worker": WORKER,
    "beat": "skinscreen.beat",
    "broker": "valkey-server",
}
ALL = ("Visitor", "Clinician", "Pusher")
__all__ = ["against", "budget", "pages", "rows", "soak", "workers"]
ROW = re.compile(r"^\| ([^|]+) \| \d+ \| (\d+) \|", re.M)


@contextmanager
def site(
    scratch: Path,
    workers: int = 2,
    people: int = 8,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Stack]:
    """Run an empty SkinScreen that encrypts photos, with people who are signed in already."""
    home = scratch / f"home-{time.monotonic_ns()}"
    limits = {"SKINSCREEN_UPLOADS_PER_HOUR": "1000000", "SKINSCREEN_LOG_LEVEL": "WARNING"}
    key = {"SKINSCREEN_PHOTO_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode()}
    stack = Stack(home, {"SKINSCREEN_WORKER_CHILDREN": str(workers), **limits, **key, **variables})
    try:
        stack.start()
        created = run(stack, "-m", "tests.load.crowd", str(people))
        (scratch / "crowd.json").write_text(created.splitlines()[-1])
        yield stack
    finally:
        stack.stop()


def run(stack: Stack, *words: str) -> str:
    environment = {"DJANGO_SETTINGS_MODULE": "skinscreen.settings", **stack.environment}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def count(stack: Stack, sql: str) -> int:
    return int(stack.query(sql)[0][0])


def hold(stack: Stack, number: signal.Signals) -> None:
    """Freeze the worker, or let it continue."""
    for pid in stack.processes(WORKER):
        os.kill(pid, number)


def fill(stack: Stack, scratch: Path, size: Size) -> None:
    """Send photos while the worker is frozen."""
    hold(stack, signal.SIGSTOP)
    drive(Crowd(scratch, 4, 600), stack.url, "Sender", total=size.backlog)


def emptied(stack: Stack) -> bool:
    return count(stack, WAITING) == 0


def against(scratch: Path, size: Size) -> dict[str, Any]:
    """Return figures of SkinScreen and a naive server with the same model, photos and senders."""
    crowd = Crowd(scratch, size.senders, size.seconds)
    with site(scratch) as stack:
        accepted = drive(crowd, stack.url, "Sender")["upload"]
        eventually(lambda: emptied(stack), within=1800)
        done = count(stack, FINISHED) / stack.query(SECONDS_TAKEN)[0][0]
        ours = {**accepted, "completed_per_s": done, "memory_mib": sum(memory(stack).values())}
    return {"skinscreen": ours, "naive": naive(crowd)}


def naive(crowd: Crowd) -> dict[str, float]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.load.naive", str(port)],
        cwd=ROOT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: answers(url), within=300)
        # Keras compiles `predict` at its first call.
        drive(Crowd(crowd.scratch, 1, 15), url, "Asker")
        times = drive(crowd, url, "Asker")["upload"]
        return {
            **times,
            "completed_per_s": times["per_s"],
            "memory_mib": resident(server.pid, "RssAnon"),
        }
    finally:
        server.kill()
        server.wait()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def workers(scratch: Path, size: Size) -> dict[str, Any]:
    """Return how many photos 1, 2 and 4 worker processes read per minute.

    Also return the bytes that a screening stores, and the recorded cost of measuring a spot in
    relation to reading. Spots are measured only while no photo waits, so the rates include no
    measuring.
    """
    rates, remaining = {}, {}
    for number in (1, 2, 4):
        with site(scratch, number) as stack:
            rates[str(number)] = drained(stack, scratch, size)
            if number == 1:
                run(stack, "manage.py", "measure_screenings")
                remaining = stored(stack)
    measuring = json.loads((RECORDS / "measuring.json").read_text())["ratio"]
    return {"per_minute": rates, "bytes": remaining, "measuring": measuring}


def drained(stack: Stack, scratch: Path, size: Size) -> float:
    fill(stack, scratch, size)
    begun = time.monotonic()
    hold(stack, signal.SIGCONT)
    eventually(lambda: emptied(stack), within=1800)
    return 60 * count(stack, FINISHED) / (time.monotonic() - begun)


def pages(scratch: Path, size: Size) -> dict[str, Any]:
    """Return the times of pages for many people at once, while photos wait and arrive."""
    with site(scratch, people=size.people) as stack:
        fill(stack, scratch, size)
        hold(stack, signal.SIGCONT)
        before = count(stack, WAITING)
        times = drive(Crowd(scratch, size.people + 4, size.seconds), stack.url, *ALL)
        return {"waiting_before": before, "waiting_after": count(stack, WAITING), "times": times}


def soak(scratch: Path, size: Size) -> dict[str, Any]:
    """Return the memory of the processes over many screenings, MiB."""
    step, samples = max(1, size.screenings // 20), []
    with site(scratch) as stack:
        while (done := count(stack, FINISHED)) < size.screenings:
            drive(Crowd(scratch, 4, 600), stack.url, "Sender", total=step)
            eventually(lambda: emptied(stack), within=1800)
            samples.append({"screenings": count(stack, FINISHED), **memory(stack)})
            assert samples[-1]["screenings"] > done
        return {"samples": samples}


def stored(stack: Stack) -> dict[str, float]:
    """Return the bytes that a screening stores."""
    finished = count(stack, FINISHED)
    photo_bytes = sum(path.stat().st_size for path in stack.photos())
    database = (stack.home / "skinscreen.sqlite3").stat().st_size
    return {"files": photo_bytes / finished, "database": database / finished}


def memory(stack: Stack) -> dict[str, int]:
    """Return the memory of the largest process of each kind in MiB, without mapped files."""
    return {
        role: max((resident(pid, "RssAnon") for pid in stack.processes(words)), default=0)
        for role, words in ROLES.items()
    }


def resident(pid: int, kind: str) -> int:
    match = re.search(rf"{kind}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) // 1024 if match else 0


def rows(scratch: Path, size: Size) -> dict[str, Any]:
    """Return the milliseconds of list pages, by the number of rows."""
    by_count, created = {}, 0
    with site(scratch) as stack:
        for row in size.rows:
            missing, people = str(row - created), str(max(20, row // 50))
            run(stack, "manage.py", "seed_screenings", "--count", missing, "--people", people)
            table = run(stack, "manage.py", "time_pages")
            by_count[str(row)] = {name: int(ms) for name, ms in ROW.findall(table)}
            created = row
    return by_count


def draw_photos(scratch: Path) -> None:
    for seed in range(8):
        (scratch / f"{seed}.jpg").write_bytes(drawn_photos.drawn(seed, (640, 480)))
