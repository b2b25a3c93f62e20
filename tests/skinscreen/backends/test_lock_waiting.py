import sqlite3
from itertools import count
from unittest.mock import Mock

import psycopg
import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from django.http import HttpResponse
from psycopg.pq import TransactionStatus

from diagnosis.middleware import OutageMiddleware
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


@pytest.fixture
def gone(monkeypatch, django_db_blocker):
    """A connection whose PostgreSQL server goes after a statement that took long."""
    connection = ConnectionHandler({"default": {"ENGINE": "skinscreen.postgresql"}})["default"]
    connection.connection = driver = Mock()
    driver.info.transaction_status = TransactionStatus.IDLE
    driver.execute.side_effect = psycopg.OperationalError("terminating connection")
    monkeypatch.setattr(lock_waiting, "connection", connection)
    monkeypatch.setattr(lock_waiting, "monotonic", count().__next__)
    with django_db_blocker.unblock():
        yield connection


def test_a_request_whose_database_goes_between_two_statements_is_answered_with_503(gone):
    def respond(request):
        write(gone)
        with pytest.raises(OperationalError) as caught:
            write(gone)
        return OutageMiddleware(Mock()).process_exception(request, caught.value)

    assert lock_waiting.bound_waiting(respond)(Mock()).status_code == 503


def test_a_finished_response_is_kept_if_the_database_has_gone(gone):
    finished = HttpResponse()

    def respond(_):
        write(gone)
        return finished

    assert lock_waiting.bound_waiting(respond)(Mock()) is finished
    assert gone.connection is None
