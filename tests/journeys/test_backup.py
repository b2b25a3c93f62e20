"""A restore brings back everything from a backup, into an empty site."""

import hashlib
import os
import subprocess
import sys
from contextlib import contextmanager
from uuid import uuid4

import dj_database_url
import pytest
from django.db.utils import ConnectionHandler

from tests.journeys.stack import ROOT

pytestmark = pytest.mark.journeys

ROOT_KEY = "root-of-this-site-" * 3
# Tables that are not compared: `migrate` changes them during the restore, or commands record their
# runs in them.
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
        tables = {}
        for table in sorted({*connection.introspection.table_names()} - VOLATILE):
            cursor.execute(f'SELECT * FROM "{table}"')
            tables[table] = sorted(map(repr, cursor.fetchall()))
        return tables


def files(home, *folders):
    paths = [path for folder in folders for path in (home / folder).rglob("*") if path.is_file()]
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
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


def empty_database(kind, home, request):
    if kind == "sqlite":
        return f"sqlite:///{home}/skinscreen.sqlite3"
    return request.getfixturevalue("postgres").add(f"backup_{uuid4().hex}")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def site(request, tmp_path_factory):
    """The home folder and the database URL of a site with data. No test changes the data."""
    home = tmp_path_factory.mktemp("site")
    url = empty_database(request.param, home, request)
    manage(home, url, "migrate", "--verbosity=0")
    manage(home, url, "createcachetable")
    manage(home, url, "seed_screenings", "--count=40", "--people=5")
    (home / "models" / "mine-1").mkdir(parents=True)
    (home / "models" / "mine-1" / "card.json").write_text("{}")
    return home, url


@pytest.fixture
def sites(site, request, tmp_path):
    """The site with data and an empty site."""
    kind = request.node.callspec.params["site"]
    home = tmp_path / "two"
    return site, (home, empty_database(kind, home, request))


def test_a_restore_brings_everything_back(sites, tmp_path):
    (first, url), (second, other) = sites
    backup = str(tmp_path / "skinscreen.backup")
    assert "keep SKINSCREEN_ROOT_KEYS" in manage(first, url, "backup", backup)
    manage(second, other, "restore", backup)
    assert rows(other) == rows(url)
    assert len(rows(url)["diagnosis_screening"]) == 40
    assert files(second, "photos", "models") == files(first, "photos", "models") != {}
    assert "Nothing is missing" in manage(second, other, "verify_audit")


def test_a_failed_migration_leaves_the_site_empty_for_the_next_restore(sites, tmp_path):
    (first, url), (second, other) = sites
    backup = str(tmp_path / "skinscreen.backup")
    manage(first, url, "backup", backup)
    broken = {"DJANGO_SETTINGS_MODULE": "tests.journeys.broken.settings"}
    failed = run(second, other, "restore", backup, **broken)
    assert "this migration fails" in failed.stderr
    assert rows(other) == files(second, "photos", "models", "scratch") == {}
    manage(second, other, "restore", backup)
    assert rows(other) == rows(url)


def test_a_restore_drill_checks_a_backup_and_leaves_nothing_behind(sites, tmp_path):
    (first, url), (_, other) = sites
    backups = tmp_path / "backups"
    backups.mkdir()
    manage(first, url, "backup", str(backups / "tonight.backup"))
    drill = run(first, url, "restore_drill", str(backups), SKINSCREEN_DRILL_DATABASE_URL=other)
    assert "can be restored" in drill.stdout, drill.stderr
    assert files(first, "scratch") == {}
    assert other.startswith("sqlite") or rows(other) == {}
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT task FROM diagnosis_upkeep WHERE NOT is_failing ORDER BY task")
        assert cursor.fetchall() == [("backup",), ("restore_drill",)]


@pytest.fixture
def extended(postgres):
    """An otherwise empty database with an extension that owns a table, as PostGIS does."""
    url = postgres.add(f"extended_{uuid4().hex}")
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION citext")
        cursor.execute("CREATE TABLE of_extension (code int)")
        cursor.execute("INSERT INTO of_extension VALUES (4326)")
        cursor.execute("ALTER EXTENSION citext ADD TABLE of_extension")
    return url


@pytest.mark.parametrize("site", ["postgres"], indirect=True)
def test_a_restore_drill_leaves_the_tables_of_extensions(site, extended, tmp_path):
    home, url = site
    backups = tmp_path / "backups"
    backups.mkdir()
    manage(home, url, "backup", str(backups / "tonight.backup"))
    variables = {"SKINSCREEN_DRILL_DATABASE_URL": extended}
    drill = run(home, url, "restore_drill", str(backups), **variables)
    assert "can be restored" in drill.stdout, drill.stderr
    assert rows(extended) == {"of_extension": ["(4326,)"]}
