"""A restore brings back everything from a backup, in an empty place."""

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

ROOT_KEY = "root-of-this-site-" * 3
# Changed by the restore's own `migrate`, and by commands that record their runs.
VOLATILE = {"django_migrations", "sqlite_sequence", "diagnosis_upkeep"}


@contextmanager
def connected(url):
    connection = ConnectionHandler({"default": dj_database_url.parse(url)})["default"]
    try:
        yield connection
    finally:
        connection.close()


def rows(url):
    """Return the rows of every table."""
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


def run(home, url, *arguments, **variables):
    places = {"SKINSCREEN_HOME": str(home), "DATABASE_URL": url, "SKINSCREEN_ROOT_KEYS": ROOT_KEY}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **places, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def manage(home, url, *arguments):
    ended = run(home, url, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def on_sqlite(tmp_path, _):
    return [f"sqlite:///{tmp_path}/{name}/skinscreen.sqlite3" for name in ("one", "two")]


def on_postgres(_, request):
    server = request.getfixturevalue("postgres")
    name = request.function.__name__[:40]
    return [server.add(f"{name}_1"), server.add(f"{name}_2")]


@pytest.fixture(params=[on_sqlite, on_postgres])
def places(request, tmp_path):
    """A site with data and an empty site, each with a home folder and a database."""
    one, two = tmp_path / "one", tmp_path / "two"
    url, other = request.param(tmp_path, request)
    manage(one, url, "migrate", "--verbosity=0")
    manage(one, url, "createcachetable")
    manage(one, url, "seed_screenings", "--count=40", "--people=5")
    (one / "models" / "mine-1").mkdir(parents=True)
    (one / "models" / "mine-1" / "card.json").write_text("{}")
    return (one, url), (two, other)


def test_a_restore_brings_everything_back(places, tmp_path):
    (one, url), (two, other) = places
    backup = str(tmp_path / "skinscreen.backup")
    assert "keep SKINSCREEN_ROOT_KEYS" in manage(one, url, "backup", backup)
    manage(two, other, "restore", backup)
    assert rows(other) == rows(url)
    assert len(rows(url)["diagnosis_screening"]) == 40
    assert files(two, "photos", "models") == files(one, "photos", "models") != {}
    assert "nothing missing" in manage(two, other, "verify_audit")


def test_a_failed_migration_leaves_an_empty_place_for_the_next_restore(places, tmp_path):
    (one, url), (two, other) = places
    backup = str(tmp_path / "skinscreen.backup")
    manage(one, url, "backup", backup)
    broken = {"DJANGO_SETTINGS_MODULE": "tests.journeys.broken.settings"}
    failed = run(two, other, "restore", backup, **broken)
    assert "this migration fails" in failed.stderr
    assert rows(other) == files(two, "photos", "models", "scratch") == {}
    manage(two, other, "restore", backup)
    assert rows(other) == rows(url)


def test_a_drill_restores_beside_the_site_and_leaves_nothing(places, tmp_path):
    (one, url), (_, other) = places
    backups = tmp_path / "backups"
    backups.mkdir()
    manage(one, url, "backup", str(backups / "tonight.backup"))
    drill = run(one, url, "restore_drill", str(backups), SKINSCREEN_DRILL_DATABASE_URL=other)
    assert "can be restored" in drill.stdout, drill.stderr
    assert files(one, "scratch") == {}
    assert other.startswith("sqlite") or rows(other) == {}
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT task FROM diagnosis_upkeep WHERE NOT is_failing ORDER BY task")
        assert cursor.fetchall() == [("backup",), ("restore_drill",)]
