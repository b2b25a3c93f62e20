import sqlite3

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from skinscreen.backends import lock_waiting

SECONDS = 0.3


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "locked.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE rows (row)")
    database.close()
    return path


@pytest.fixture
def connection(path, settings, monkeypatch, django_db_blocker):
    """A connection to a database in a file, since SQLite in memory does not wait for locks."""
    settings.WAIT_SECONDS = SECONDS
    options = {"transaction_mode": "IMMEDIATE", "timeout": SECONDS}
    engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options}
    connection = ConnectionHandler({"default": engine})["default"]
    monkeypatch.setattr(lock_waiting, "connection", connection)
    with django_db_blocker.unblock():
        yield connection
    connection.close()


@pytest.fixture
def lock(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def write(connection):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO rows VALUES (1)")


def busy_timeout_of(connection):
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA busy_timeout").fetchone()[0]


def test_all_waits_of_a_request_share_one_limit(connection, lock):
    limits = []
    with lock_waiting.bounded():
        for _ in range(5):
            limits.append(busy_timeout_of(connection))
            with pytest.raises(OperationalError, match="locked"):
                write(connection)
    assert sum(limits[1:]) < limits[0] == 1000 * SECONDS


def test_the_next_request_has_the_whole_limit_again(connection, lock):
    with lock_waiting.bounded(), pytest.raises(OperationalError):
        write(connection)
    assert busy_timeout_of(connection) == 1000 * SECONDS
    lock.rollback()
    with lock_waiting.bounded():
        write(connection)


def test_a_statement_without_a_wait_uses_none_of_the_limit(connection, monkeypatch):
    times = iter([10, 10 + 0.9 * lock_waiting.NOTICED_SECONDS])
    monkeypatch.setattr(lock_waiting, "monotonic", lambda: next(times))
    patience = lock_waiting.Patience(SECONDS)
    with connection.execute_wrapper(patience):
        write(connection)
    assert patience.left == SECONDS
