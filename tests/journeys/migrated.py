"""A database that is migrated once, and then copied into the home folder of each test site."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
NAME = "skinscreen.sqlite3"


def put_into(home):
    """Give a home folder a migrated database without accounts."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / NAME
    path.touch(mode=0o600)
    path.write_bytes(_migrated())


@cache
def _migrated():
    with TemporaryDirectory(prefix="migrated-") as home:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=ROOT,
            env={**os.environ, "SKINSCREEN_HOME": home, "DATABASE_URL": ""},
            check=True,
        )
        return (Path(home) / NAME).read_bytes()
