"""With a full disk no photo is accepted, and no accepted photo is lost."""

import sqlite3
import subprocess
import time
from contextlib import closing, contextmanager, suppress

import pytest

from diagnosis.screenings.texts import NOT_TAKEN
from tests.faults.conftest import FAST_RECOVERY
from tests.faults.test_database import sign_in
from tests.journeys.conftest import running
from tests.journeys.stack import eventually

pytestmark = pytest.mark.faults


@pytest.fixture
def small_disk(tmp_path, root):
    """A home folder on a disk of its own. The site's output goes to a file outside it."""
    folder = tmp_path / "home"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96m", "skinscreen", str(folder)]
    subprocess.run(mount, check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def stack(small_disk):
    # Attempts are slow, so that some are running when the disk is full. Leases are much longer.
    slow = {"SLOW_SECONDS": "3", "SKINSCREEN_LEASE_SECONDS": "30"}
    with running(small_disk, **FAST_RECOVERY | slow) as started:
        yield started


def use_up(database):
    """Commit small rows until SQLite's files have no free space that it could reuse."""
    opened = closing(sqlite3.connect(database, timeout=60))
    with opened as connection, suppress(sqlite3.OperationalError):
        connection.execute("CREATE TABLE filler (content)")
        while True:
            with connection:
                connection.execute("INSERT INTO filler VALUES (zeroblob(2000))")


@contextmanager
def full(folder):
    path = folder / "filler"
    with path.open("wb", buffering=0) as filler:
        size = 2**20
        while size >= 1:
            try:
                filler.write(b"\0" * size)
            except OSError:
                size //= 2
    use_up(folder / "skinscreen.sqlite3")
    try:
        yield
    finally:
        path.unlink()


def test_the_disk_is_full_at_the_upload_and_while_photos_are_read(stack, small_disk, oracle_of):
    oracle = oracle_of(stack)
    oracle.upload(6)
    oracle.until_running()
    with full(small_disk):
        answer = oracle.try_to_send()
        assert (answer.status_code, answer.json()) == (507, {"later": NOT_TAKEN})
        # supervisord forwards the output some time after the response.
        eventually(lambda: "make room on it" in stack.log)
        assert sign_in(stack).status_code == 507
        # Wait longer than an attempt takes, so that the disk is full when results should be stored.
        time.sleep(5)
        assert "running" in stack.statuses()
    eventually(lambda: stack.send(oracle.person, oracle.jpeg, ""))
    oracle.accepted = set(oracle.statuses())
    assert len(oracle.accepted) == 7
    oracle.mark_repaired()
    oracle.expect(done=7)
