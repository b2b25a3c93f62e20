"""What is installed is what was pinned, file by file."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_hashes(name):
    packages = re.split(r"\n(?=\w)", (ROOT / name).read_text())
    assert len(packages) > 50
    assert [
        it for it in packages if not re.match(r"[\w.-]+==\S+[^\n]*\\\n +--hash=sha256:", it)
    ] == []


def test_what_runs_is_pinned_alike_for_tests():
    runs, tests = (
        set(re.findall(r"^[\w.-]+==[^\s;]+", (ROOT / name).read_text(), re.M))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert runs <= tests
