"""The database is where the truth is: while it is away, nothing moves, and nothing is lost."""

import sqlite3
import time

import pytest

pytestmark = pytest.mark.faults


def test_sqlite_is_locked_for_longer_than_anybody_waits(embedded_oracle):
    oracle = embedded_oracle
    oracle.upload()
    oracle.until_running()
    lock = sqlite3.connect(oracle.stack.home / "skinscreen.sqlite3", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    # Twice as long as `tests.faults.settings` lets anybody wait.
    time.sleep(6)
    lock.rollback()
    lock.close()
    oracle.is_whole()
    oracle.expect(done=6)


def test_postgres_dies_while_photos_are_read(external_oracle, postgres):
    oracle = external_oracle
    oracle.upload()
    oracle.until_running()
    postgres.stop()
    postgres.start()
    oracle.is_whole()
    oracle.expect(done=6)


def test_postgres_is_down_at_the_upload_which_is_then_not_accepted(external_oracle, postgres):
    oracle = external_oracle
    oracle.upload(1)
    postgres.stop()
    page = oracle.person.get(f"{oracle.stack.url}/screenings/new/", timeout=30)
    assert page.status_code == 500
    postgres.start()
    oracle.upload(1)
    oracle.is_whole()
    oracle.expect(done=2)
