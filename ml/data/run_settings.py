"""What the settings of a training run say about the pictures that its network was trained on."""

import json
from pathlib import Path
from typing import Any

from ml.errors import OperatorError

FILE = "settings.json"


def require_left_out(run: Path, source: str) -> None:
    """Check that a run, and each run whose networks it used, left out a source.

    Raises:
        OperatorError: a run used the source, or has no settings. Networks that the run started
            from or learned from are only checked if they have settings.
    """
    lineage = _lineage(run)
    used = [
        path for path, settings in lineage.items() if source not in settings.get("left_out", [])
    ]
    if run not in lineage or used:
        raise OperatorError(
            f"{(used or [run])[0]} does not say that {source} was left out of training: "
            f"give a run of `python -m ml train --left-out {source}`."
        )


def _lineage(run: Path) -> dict[Path, dict[str, Any]]:
    """Return the settings of a run, of the run that it started from, of its teachers, and so on.

    Runs without settings are left out.
    """
    found: dict[Path, dict[str, Any]] = {}
    waiting = [run]
    while waiting:
        path = waiting.pop()
        # A run can start from a network in its own folder.
        if path not in found and (path / FILE).is_file():
            found[path] = json.loads((path / FILE).read_text())
            files = (found[path].get("start"), *found[path].get("teachers", []))
            waiting += [Path(file).parent for file in files if file]
    return found
