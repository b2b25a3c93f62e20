"""The results of the scenarios, one line of JSON per run."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

# Not imported from tests.journeys.stack, which requires a configured Django.
ROOT = Path(__file__).parents[2]
# The lease of a worker, in seconds.
LEASE_SECONDS = 10
# How long each classification is delayed.
SLOW_SECONDS = 0.5
# A short timeout for locks, to keep the tests short.
WAIT_SECONDS = 3
PATH = Path(os.environ.get("SKINSCREEN_FAULTS_RECORD", ROOT / "var" / "faults.jsonl"))


def keep(**result):
    PATH.parent.mkdir(exist_ok=True, mode=0o700)
    line = {"day": datetime.now(UTC).date().isoformat(), **result}
    with PATH.open("a") as file:
        file.write(json.dumps(line) + "\n")


def read(path=PATH):
    return [json.loads(line) for line in path.read_text().splitlines()]
