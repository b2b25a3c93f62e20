"""What scenarios found, a line of JSON each time one has run."""

import json
import os
from pathlib import Path

# Not the stacks' own: importing those takes a Django that is set up.
ROOT = Path(__file__).parents[2]
# Of each stack, and told in the report.
LEASE_SECONDS = 10
# As little patience with a lock as a test has.
WAIT_SECONDS = 3
PATH = Path(os.environ.get("SKINSCREEN_FAULTS_RECORD", ROOT / "var" / "faults.jsonl"))


def keep(**found):
    PATH.parent.mkdir(exist_ok=True, mode=0o700)
    with PATH.open("a") as file:
        file.write(json.dumps(found) + "\n")


def read(path=PATH):
    return [json.loads(line) for line in path.read_text().splitlines()]
