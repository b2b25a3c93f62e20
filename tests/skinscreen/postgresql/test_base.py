import time

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from skinscreen import keepalive
from skinscreen.backends import lock_waiting
from skinscreen.environment import env

# Fixtures that these tests share with the journeys.
from tests.journeys.conftest import own_connections, postgres  # noqa: F401
from tests.journeys.stack import crowding

pytestmark = pytest.mark.journeys
WAIT_SECONDS = 0.5
# The delay that a busy machine adds.
SLACK_SECONDS = 3


@pytest.fixture
def connection(postgres, settings, monkeypatch, tmp_path):  # noqa: F811
    """An open connection with the options that SkinScreen derives from DATABASE_URL."""
    settings.WAIT_SECONDS = WAIT_SECONDS
    monkeypatch.setenv("DATABASE_URL", postgres.url)
    connection = ConnectionHandler({"default": env.database("DATABASE_URL", tmp_path)})["default"]
    monkeypatch.setattr(lock_waiting, "connection", connection)
    connection.ensure_connection()
    yield connection
    connection.close()


def ask(connection, sql="SELECT 1"):
    with connection.cursor() as cursor:
        return cursor.execute(sql).fetchone()[0]


def expect_error(query, within):
    began = time.monotonic()
    with pytest.raises(OperationalError):
        query()
    assert time.monotonic() - began < within + SLACK_SECONDS * crowding()


def test_a_request_stops_waiting_for_a_frozen_server(connection, postgres):  # noqa: F811
    with lock_waiting.bounded(), postgres.frozen():
        expect_error(lambda: ask(connection), within=WAIT_SECONDS + lock_waiting.WORK_SECONDS)
    connection.close()
    assert ask(connection) == 1


def test_a_late_answer_is_not_taken_for_that_of_the_next_statement(connection):
    with connection.answered_within(0.2), pytest.raises(OperationalError):
        ask(connection, "SELECT 1 FROM pg_sleep(0.4)")
    with pytest.raises(OperationalError, match="closed"):
        ask(connection, "SELECT 2")


def test_checking_an_idle_connection_waits_no_longer_than_connecting(connection, postgres):  # noqa: F811
    began = time.monotonic()
    with postgres.frozen():
        assert not connection.is_usable()
    assert time.monotonic() - began < keepalive.CONNECT_SECONDS + SLACK_SECONDS * crowding()


def test_statements_outside_of_requests_have_no_time_limit(connection):
    with lock_waiting.bounded():
        assert connection.answer_seconds == WAIT_SECONDS + lock_waiting.WORK_SECONDS
    assert connection.answer_seconds is None


def test_an_error_from_the_server_keeps_the_connection_open(connection):
    with lock_waiting.bounded(), pytest.raises(OperationalError, match="statement timeout"):
        ask(connection, "SET statement_timeout = 50; SELECT pg_sleep(1)")
    assert ask(connection) == 1
