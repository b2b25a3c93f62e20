"""Logs evaluations on test splits. A split that often guides decisions is no unbiased test."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path


def record(table: Path, model: str, sets: Sequence[str]) -> None:
    """Append to `table` that a model was measured on test sets, with the commit of the code."""
    entry = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "model": model,
        "sets": [*sets],
    }
    table.parent.mkdir(parents=True, exist_ok=True)
    with table.open("a") as file:
        file.write(json.dumps(entry) + "\n")


def commit() -> str:
    """Return the checked-out commit, with `+` if files differ from it."""
    git = shutil.which("git")
    if git is None:
        return "unknown"
    described = subprocess.run(
        [git, "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"
