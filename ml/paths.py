"""Folders for data and work, from the environment."""

import os
from pathlib import Path

ARTEFACTS = Path(__file__).parent / "artefacts"
DEFAULT_MODEL = ARTEFACTS / "lite0-8"
# The cards of earlier shipped models. Of their networks, only lite0-6.keras is included.
LINEAGE = Path(__file__).parent / "lineage"
DEFAULT_OUTLINER = Path(__file__).parent / "outliners" / "outline-2"

REFERENCE = Path(__file__).parent / "features" / "reference.json"

RECORDS = Path("docs/results")


def data_folder() -> Path:
    """Return SKINSCREEN_DATA, by default ../shared/data beside the working folder."""
    return Path(os.environ.get("SKINSCREEN_DATA", "../shared/data"))


def work_folder() -> Path:
    """Return the folder for caches and runs: SKINSCREEN_HOME (default var) / ml."""
    return Path(os.environ.get("SKINSCREEN_HOME", "var")) / "ml"


def cache_folder() -> Path:
    return work_folder() / "cache"


def original_cache_folder() -> Path:
    return work_folder() / "original"


def run_folder() -> Path:
    return work_folder() / "runs" / "lite0"
