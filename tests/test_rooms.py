"""The rules of the rooms: docs/moved.md says where a module is that was elsewhere before."""

import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMY = ("accounts", "diagnosis", "ml", "skinscreen")
# Folders that Django names, what `python -m ml` enters, and those of weights.
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
# What a room may have, too, if another one has it.
SHARED = {"__init__", "views", "forms", "services", "tasks", "admin", "texts"}
MOST_FILES, MOST_ROOMS = 16, 14
# Of a checkout without history, three quarters of it networks.
MOST_BYTES = 40_000_000


def sources(package):
    """The modules of a package, without what Django finds by its folder."""
    return [
        path
        for path in (ROOT / package).rglob("*.py")
        if not {"migrations", "commands"} & {*path.parts}
    ]


@pytest.mark.parametrize("package", ROOMY)
def test_no_folder_is_too_long_to_read(package):
    files = Counter(path.parent for path in sources(package))
    assert {folder: count for folder, count in files.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("package", ROOMY)
def test_a_package_has_few_rooms(package):
    rooms = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")} - NO_ROOMS
    assert 1 < len(rooms) <= MOST_ROOMS


@pytest.mark.parametrize("package", ROOMY)
def test_no_two_modules_have_one_name(package):
    places = defaultdict(list)
    for path in sources(package):
        places[path.stem].append(str(path.relative_to(ROOT)))
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: twice[name] for name in twice.keys() - SHARED} == {}


def test_rooms_run_nothing_when_they_are_entered():
    """The process that decodes photos would load Django, under its limit of memory."""
    entered = [
        path for app in ("accounts", "diagnosis") for path in (ROOT / app).glob("*/__init__.py")
    ]
    rooms = [path for path in entered if path.parent.name not in NO_ROOMS]
    assert rooms
    assert [path for path in rooms if path.read_text()] == []


def test_a_checkout_is_light():
    """Most people load it over a line of their own; what is only history stays in git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert sum(path.stat().st_size for path in paths if path.is_file()) <= MOST_BYTES
