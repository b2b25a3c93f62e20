"""Locust in a separate process, and its results."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.stack import ROOT

PEOPLE = Path(__file__).with_name("people.py")
FINISHED_WITHIN = 300
NOT_MEASURED = {"sign in", "first upload"}


class LoadError(Exception):
    """Requests failed, so their times mean nothing."""


@dataclass(frozen=True)
class Crowd:
    """The number of people, the seconds, and the folder with their photos and cookies."""

    scratch: Path
    people: int
    seconds: int


def drive(crowd: Crowd, url: str, *users: str, total: int = 0) -> dict[str, dict[str, float]]:
    """Run the crowd. Return counts, rates and times (ms) for each kind of request."""
    options = {"-f": PEOPLE, "-u": crowd.people, "-r": crowd.people, "-t": crowd.seconds}
    # Tasks that have begun are finished, since their processor time is counted, too.
    options["--stop-timeout"] = FINISHED_WITHIN
    words = [str(word) for option in options.items() for word in option]
    done = subprocess.run(
        [sys.executable, "-m", "locust", *words, "--headless", "--json", "--host", url, *users],
        check=False,
        cwd=ROOT,
        env=os.environ | {"LOAD_SCRATCH": str(crowd.scratch), "LOAD_TOTAL": str(total)},
        capture_output=True,
        text=True,
    )
    try:
        result = json.loads(done.stdout)
    except ValueError as error:
        raise LoadError(done.stderr[-2000:]) from error
    if failed := [row["name"] for row in result if row["num_failures"]]:
        raise LoadError(f"{', '.join(failed)} failed: {done.stderr[-2000:]}")
    if not result:
        raise LoadError(f"nothing was answered: {done.stderr[-2000:]}")
    return {row["name"]: figures(row) for row in result if row["name"] not in NOT_MEASURED}


def figures(row: dict) -> dict[str, float]:
    times = sorted((float(ms), count) for ms, count in row["response_times"].items())
    shares = {f"p{share}_ms": percentile(times, share) for share in (50, 95, 99)}
    seconds = row["last_request_timestamp"] - row["start_time"]
    return {"requests": row["num_requests"], "per_s": row["num_requests"] / seconds, **shares}


def percentile(times: list[tuple[float, int]], share: int) -> float:
    """Return the time within which `share` per cent were answered, from pairs of (ms, count)."""
    rank = sum(count for _, count in times) * share / 100
    for ms, count in times:
        rank -= count
        if rank <= 0:
            return ms
    raise LoadError("nothing was answered")
