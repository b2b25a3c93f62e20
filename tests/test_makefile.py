"""`make audit` fails if it cannot check, and `make` installs with a Python that runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
CLEAN = "echo No known vulnerabilities found"
VULNERABLE = "echo Found 1 known vulnerability in 1 package; exit 1"
UNREACHABLE = "echo connection refused >&2; exit 1"


@pytest.fixture
def audit(tmp_path):
    """Run `make audit` with a script in place of pip-audit."""

    def run(script, *words):
        program = tmp_path / "pip-audit"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
        # `-o` keeps make from checking whether everything is installed.
        command = ["make", "-o", ".venv/.installed-dev", "audit", f"BIN={tmp_path}", *words]
        variables = {"PATH": os.environ["PATH"], "SKINSCREEN_HOME": str(tmp_path)}
        return subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize(
    ("script", "words", "is_fine", "output"),
    [
        (CLEAN, (), True, "No known vulnerabilities found"),
        (VULNERABLE, (), False, "Found 1 known vulnerability"),
        (UNREACHABLE, (), False, "cannot be reached"),
        (UNREACHABLE, ("OFFLINE=1",), True, "NOT CHECKED"),
        (UNREACHABLE, ("OFFLINE=0",), False, "cannot be reached"),
    ],
)
def test_an_audit_fails_if_it_finds_a_vulnerability_or_cannot_check(
    audit, script, words, is_fine, output
):
    ended = audit(script, *words)
    assert (ended.returncode == 0) is is_fine
    assert output in ended.stdout


def installing(tmp_path, **programs):
    """Return the commands by which `make` would install, with these programs first in PATH."""
    for name, script in programs.items():
        path = tmp_path / name.replace("_", ".")
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
    command = ["make", "--dry-run", "--always-make", ".venv/bin/uv"]
    variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    return subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    ).stdout


def test_a_python_that_does_not_run_is_skipped(tmp_path):
    done = installing(tmp_path, python3_13="exit 127", python3_12=f'exec {sys.executable} "$@"')
    assert f"\n{tmp_path}/python3.12 -m venv .venv\n" in done


def test_without_a_supported_python_make_names_the_supported_versions(tmp_path):
    (tmp_path / "Makefile").write_text(MAKEFILE)
    command = ["make", ".venv/bin/uv", "PYTHON=false"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "SkinScreen needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_each_make_target_runs_all_files_with_its_marker():
    folders = dict(re.findall(r"pytest -m (\w+).*?((?: tests/[\w/]+)+)$", MAKEFILE, re.M))
    assert len(folders) == 6
    for group, group_folders in folders.items():
        mark = re.compile(rf"^(@|pytestmark = \[?)pytest\.mark\.{group}\b", re.M)
        files = {path: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
        marked = [str(path.relative_to(ROOT)) for path in files if mark.search(files[path])]
        assert marked
        assert [path for path in marked if not path.startswith(tuple(group_folders.split()))] == []
