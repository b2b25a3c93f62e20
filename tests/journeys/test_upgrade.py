"""The database of every earlier release is migrated without loss.

A release's files hold its schema and a few rows, as written by `sqlite3 .dump` and `pg_dump
--inserts`. 0.1.0 is the first commit that ran completely.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.test_backup import connected, manage

pytestmark = pytest.mark.journeys

RELEASES = sorted((Path(__file__).parent / "releases").glob("*.sql"), key=lambda path: path.name)
SCREENINGS = """
    SELECT photo.status, photo.note, photo.photo, person.email, lesion.body_site, photo.attempts
    FROM diagnosis_screening photo
    JOIN diagnosis_lesion lesion ON lesion.id = photo.lesion_id
    JOIN accounts_user person ON person.id = photo.owner_id AND person.id = lesion.owner_id
    ORDER BY photo.photo
"""


def loaded(release, tmp_path, request):
    """Load a release's file into an empty database, and return the database's address."""
    if "sqlite" in release.name:
        with closing(sqlite3.connect(tmp_path / "old.sqlite3")) as connection:
            connection.executescript(release.read_text())
        return f"sqlite:///{tmp_path}/old.sqlite3"
    url = request.getfixturevalue("postgres").add(f"upgraded_{release.name}")
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute(release.read_text())
    return url


def rows(url, sql):
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]


def test_each_release_has_a_file_for_both_databases():
    releases = {path.name.rsplit(".", 2)[0] for path in RELEASES}
    assert "0.1.0" in releases
    assert len(RELEASES) == 2 * len(releases)


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_nothing_is_lost_by_upgrading(release, tmp_path, request):
    url = loaded(release, tmp_path, request)
    manage(tmp_path / "home", url, "migrate", "--verbosity=0")
    manage(tmp_path / "home", url, "migrate", "--check")
    assert rows(url, SCREENINGS) == [
        ("done", "note 1", "01/1.jpg", "olga@example.org", "back", 1),
        ("pending", "note 2", "02/2.jpg", "olga@example.org", "back", 0),
        ("refused", "note 3", "03/3.jpg", "olga@example.org", "back", 1),
        ("failed", "note 4", "04/4.jpg", "olga@example.org", "back", 3),
        ("running", "note 5", "05/5.jpg", "olga@example.org", "back", 1),
    ]
    answers = "SELECT model_version, tier, melanomas_per_100, melanoma FROM diagnosis_prediction"
    assert rows(url, answers) == [("lite0-1", "elevated", 31, 0.4)]
    readings = "SELECT verdict, note, tier FROM diagnosis_review"
    assert rows(url, readings) == [("refer", "for colleagues", "elevated")]
    people = "SELECT email FROM account_emailaddress WHERE verified ORDER BY email"
    assert rows(url, people) == [("olga@example.org",), ("rita@example.org",)]
    assert "Nothing is missing" in manage(tmp_path / "home", url, "verify_audit")
