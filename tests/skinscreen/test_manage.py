"""`manage.py` as an operator calls it."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

AWAY = "postgresql://nobody@127.0.0.1:1/nothing"
NO_SOCKET = "postgresql://nobody@%2Fblock/nothing"


def verify(home, **variables):
    return subprocess.run(
        [sys.executable, "manage.py", "verify_audit", *variables.pop("options", ())],
        env={**os.environ, "SKINSCREEN_HOME": str(home), "DATABASE_URL": "", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("url", ["", AWAY, NO_SOCKET])
def test_an_empty_or_unavailable_database_is_reported_in_one_sentence(tmp_path, url):
    result = verify(tmp_path, DATABASE_URL=url)
    assert result.returncode == 1
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith("The database cannot be used: ")
    assert "`manage.py migrate`" in sentence


def test_a_locked_database_asks_to_try_again(tmp_path):
    path = tmp_path / "skinscreen.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        result = verify(tmp_path)
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith("The database is busy: ")
    assert sentence.endswith("Try again in a minute.")


def test_the_traceback_is_shown_on_request(tmp_path):
    assert "Traceback" in verify(tmp_path, options=["--traceback"]).stderr
