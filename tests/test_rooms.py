"""Checks the package layout.

A room is a sub-package (docs/architecture.md). docs/moved.md maps old module names to new ones.
"""

import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("accounts", "diagnosis", "ml", "skinscreen")
# Folders that are not rooms: those that Django names, the CLI, and model weights.
NO_ROOMS = {
    "cli",
    "migrations",
    "management",
    "models",
    "templatetags",
    "artefacts",
    "lineage",
    "outliners",
}
# Module names that several rooms may use.
SHARED = {"__init__", "views", "forms", "services", "tasks", "admin", "texts"}
MOST_FILES, MOST_ROOMS = 16, 14
# Limit for a checkout without history. Model weights take up four fifths of it.
MOST_BYTES = 40_000_000


def sources(package):
    """Return a package's modules, except migrations and management commands."""
    return [
        path
        for path in (ROOT / package).rglob("*.py")
        if not {"migrations", "commands"} & {*path.parts}
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_has_too_many_files(package):
    files = Counter(path.parent for path in sources(package))
    assert {folder: count for folder, count in files.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_a_limited_number_of_rooms(package):
    rooms = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")} - NO_ROOMS
    assert 1 < len(rooms) <= MOST_ROOMS


@pytest.mark.parametrize("package", PACKAGES)
def test_module_names_are_unique(package):
    places = defaultdict(list)
    for path in sources(package):
        places[path.stem].append(str(path.relative_to(ROOT)))
    twice = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert {name: twice[name] for name in twice.keys() - SHARED} == {}


def test_importing_a_room_of_an_app_runs_no_code():
    """The decoder process imports rooms, and its memory limit is too low for Django."""
    modules = [
        path for app in ("accounts", "diagnosis") for path in (ROOT / app).glob("*/__init__.py")
    ]
    rooms = [path for path in modules if path.parent.name not in NO_ROOMS]
    assert rooms
    assert [path for path in rooms if path.read_text()] == []


def test_a_checkout_is_small():
    """Clones stay small for people with slow connections.

    Files of historical interest belong in git history.
    """
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert sum(path.stat().st_size for path in paths if path.is_file()) <= MOST_BYTES
