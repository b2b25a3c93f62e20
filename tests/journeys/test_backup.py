"""A backup is worth what a restore makes of it: everything, in an empty place."""

import hashlib
import os
import subprocess
import sys
from contextlib import contextmanager

import dj_database_url
import pytest
from django.db.utils import ConnectionHandler

from tests.journeys.stack import ROOT

pytestmark = pytest.mark.journeys

# Written again by the restore's own `migrate`.
VOLATILE = {"django_migrations", "sqlite_sequence"}


@contextmanager
def connected(url):
    connection = ConnectionHandler({"default": dj_database_url.parse(url)})["default"]
    try:
        yield connection
    finally:
        connection.close()


def rows(url):
    """Return every table's rows."""
    with connected(url) as connection, connection.cursor() as cursor:
        found = {}
        for table in sorted({*connection.introspection.table_names()} - VOLATILE):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
        return found


def files(home, *folders):
    found = [path for folder in folders for path in (home / folder).rglob("*") if path.is_file()]
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found
    }


def manage(home, url, *arguments):
    ended = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "SKINSCREEN_HOME": str(home), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def on_sqlite(tmp_path, _):
    return [f"sqlite:///{tmp_path}/{name}/skinscreen.sqlite3" for name in ("one", "two")]


def on_postgres(_, request):
    server = request.getfixturevalue("postgres")
    return [server.add("backed_up"), server.add("restored")]


@pytest.mark.parametrize("databases", [on_sqlite, on_postgres])
def test_an_empty_place_has_everything_after_a_restore(databases, tmp_path, request):
    one, two = tmp_path / "one", tmp_path / "two"
    url, other = databases(tmp_path, request)
    manage(one, url, "migrate", "--verbosity=0")
    manage(one, url, "createcachetable")
    manage(one, url, "seed_screenings", "--count=40", "--people=5")
    (one / "models" / "mine-1").mkdir(parents=True)
    (one / "models" / "mine-1" / "card.json").write_text("{}")
    backup = str(tmp_path / "backup.tar")
    assert "keep them elsewhere" in manage(one, url, "backup", backup)
    manage(two, other, "restore", backup)
    assert rows(other) == rows(url)
    assert len(rows(url)["diagnosis_screening"]) == 40
    assert files(two, "photos", "models") == files(one, "photos", "models") != {}
    assert "nothing missing" in manage(two, other, "verify_audit")
