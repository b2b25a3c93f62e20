"""The tests that use a database, run again on PostgreSQL."""

import os
import subprocess
import sys

import pytest

from tests.journeys.stack import ROOT

pytestmark = pytest.mark.journeys

PATHS = ["tests/accounts", "tests/diagnosis", "tests/skinscreen", "tests/test_requests.py"]
PARALLEL = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
ONLY = ["-p", "tests.journeys.database_only"]


# It runs more than a thousand tests.
@pytest.mark.timeout(1200)
def test_the_database_tests_pass_on_postgres(postgres_url):
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *ONLY, *PARALLEL, *PATHS],
        check=False,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": postgres_url},
        capture_output=True,
        text=True,
    )
    assert tests.returncode == 0, tests.stdout
