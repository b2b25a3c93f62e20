"""While the database is down, nothing proceeds and nothing is lost."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest
import requests

from skinscreen.keepalive import CONNECT_SECONDS
from tests.factories import PASSWORD
from tests.faults.record import WAIT_SECONDS
from tests.journeys.stack import crowding, eventually

pytestmark = pytest.mark.faults
# The time of a request without its wait for the database.
WORK_SECONDS = 5


@contextmanager
def locked(stack):
    """Hold a lock that blocks uploads and sign-ins."""
    if url := stack.variables.get("DATABASE_URL"):
        with psycopg.connect(url) as other:
            tables = "cache, diagnosis_screening, accounts_user, django_session"
            other.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
            yield
            other.rollback()
    else:
        path = stack.home / "skinscreen.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield


def expect_an_outage(response, within=WAIT_SECONDS):
    assert response.status_code == 503, response.text
    assert int(response.headers["Retry-After"]) > 0
    assert response.elapsed.total_seconds() < within + WORK_SECONDS * crowding()


def sign_in(stack):
    """Open the sign-in form, and send it with the correct password."""
    session = requests.Session()
    session.get(f"{stack.url}/account/login/", timeout=30 * crowding())
    form = {"login": "olga@example.org", "password": PASSWORD}
    headers = {"X-CSRFToken": session.cookies["csrftoken"]}
    return session.post(
        f"{stack.url}/account/login/", form, headers=headers, timeout=60 * crowding()
    )


def readiness(stack):
    return requests.get(f"{stack.url}/readyz", timeout=30 * crowding())


def test_a_lasting_lock_is_reported_as_an_outage_and_not_as_a_rate_limit_or_error(oracle):
    stack = oracle.stack
    oracle.upload(1)
    with locked(stack), ThreadPoolExecutor() as people:
        uploads = [people.submit(oracle.try_to_send) for _ in range(3)]
        expect_an_outage(sign_in(stack))
        for upload in uploads:
            expect_an_outage(upload.result())
        assert eventually(lambda: readiness(stack).json()["database"] in {"slow", "down"})
    assert sign_in(stack).ok
    oracle.upload(1)
    oracle.mark_repaired()
    oracle.expect(done=2)


def test_sqlite_is_locked_for_longer_than_anybody_waits(embedded_oracle):
    oracle = embedded_oracle
    oracle.upload()
    oracle.until_running()
    with locked(oracle.stack):
        time.sleep(2 * WAIT_SECONDS)
    oracle.mark_repaired()
    oracle.expect(done=6)


def test_postgres_dies_while_photos_are_read(external_oracle, postgres):
    oracle = external_oracle
    oracle.upload()
    oracle.until_running()
    postgres.stop()
    postgres.start()
    oracle.mark_repaired()
    oracle.expect(done=6)


def test_postgres_is_down_at_the_upload_which_is_then_not_accepted(external_oracle, postgres):
    oracle = external_oracle
    oracle.upload(1)
    postgres.stop()
    expect_an_outage(
        oracle.person.get(f"{oracle.stack.url}/screenings/new/", timeout=30 * crowding())
    )
    expect_an_outage(oracle.try_to_send())
    assert readiness(oracle.stack).json()["database"] == "down"
    postgres.start()
    oracle.upload(1)
    oracle.mark_repaired()
    oracle.expect(done=2)


def test_postgres_is_frozen_with_all_its_connections_open(external_oracle, postgres):
    oracle = external_oracle
    oracle.upload(3)
    oracle.until_running()
    with postgres.frozen(), ThreadPoolExecutor() as people:
        page = people.submit(
            oracle.person.get, f"{oracle.stack.url}/screenings/new/", timeout=60 * crowding()
        )
        uploads = [people.submit(oracle.try_to_send) for _ in range(8)]
        for request in (page, *uploads):
            # A request waits for the timeouts of a silent open connection and of a new connection.
            # Eight threads have nine requests, so one request also waits for another's timeouts.
            expect_an_outage(request.result(), within=2 * 2 * CONNECT_SECONDS)
        assert readiness(oracle.stack).json()["database"] in {"slow", "down"}
    oracle.upload(1)
    oracle.mark_repaired()
    oracle.expect(done=4)
