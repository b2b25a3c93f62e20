"""What the settings of a training run say about the pictures that its network was trained on."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from ml.data.cache import Dataset
from ml.errors import OperatorError

FILE = "settings.json"
SPLITS = "splits"


def of(data: Dataset) -> dict[str, str]:
    """Return the setting that binds a run to its data: a checksum of image ids and splits.

    Runs of older versions lack this setting.
    """
    lines = sorted(map(",".join, zip(data.image_ids, data.splits, strict=True)))
    return {SPLITS: sha256("\n".join(lines).encode()).hexdigest()}


def require_splits(run: Path, data: Dataset) -> None:
    """Check that a run was trained on these pictures and splits, if it records them.

    Raises:
        OperatorError: the run was trained on others.
    """
    ours = of(data)
    if (ours | _read(run))[SPLITS] != ours[SPLITS]:
        raise OperatorError(
            f"{run} was trained on other pictures or splits than those of the cache, so it may "
            "have learned from `test` photos: run `python -m ml prepare` as then, or train anew."
        )


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


def _read(run: Path) -> dict[str, Any]:
    """Return the settings of a run, or an empty dict if it has no settings file."""
    path = run / FILE
    settings: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return settings


def _lineage(run: Path) -> dict[Path, dict[str, Any]]:
    """Return the settings of a run, of the run that it started from, of its teachers, and so on.

    Runs without settings are left out.
    """
    found: dict[Path, dict[str, Any]] = {}
    waiting = [run]
    while waiting:
        path = waiting.pop()
        # A run can start from a network in its own folder.
        if path not in found and (settings := _read(path)):
            found[path] = settings
            files = (settings.get("start"), *settings.get("teachers", []))
            waiting += [Path(file).parent for file in files if file]
    return found
