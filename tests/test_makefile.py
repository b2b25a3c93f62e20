"""`make audit` does not say that all is well where it could not look."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CLEAN = "echo No known vulnerabilities found"
FOUND = "echo Found 1 known vulnerability in 1 package; exit 1"
AWAY = "echo connection refused >&2; exit 1"


@pytest.fixture
def audit(tmp_path):
    """Run it with a pip-audit that says so."""

    def run(script, *words):
        program = tmp_path / "pip-audit"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
        # What is installed is not looked at.
        command = ["make", "-o", ".venv/.installed-dev", "audit", f"BIN={tmp_path}", *words]
        variables = {"PATH": os.environ["PATH"], "SKINSCREEN_HOME": str(tmp_path)}
        return subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize(
    ("script", "words", "is_fine", "said"),
    [
        (CLEAN, (), True, "No known vulnerabilities found"),
        (FOUND, (), False, "Found 1 known vulnerability"),
        (AWAY, (), False, "cannot be reached"),
        (AWAY, ("OFFLINE=1",), True, "NOT CHECKED"),
        (AWAY, ("OFFLINE=0",), False, "cannot be reached"),
    ],
)
def test_an_audit_fails_where_it_finds_one_and_where_it_cannot_look(
    audit, script, words, is_fine, said
):
    ended = audit(script, *words)
    assert (ended.returncode == 0) is is_fine
    assert said in ended.stdout
