import shutil
import sqlite3
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler

from accounts.privacy import deletion, vacuum
from skinscreen import settings as project

SECRET = b"something that somebody has deleted"


@pytest.fixture
def path(tmp_path):
    """The database of a release that did not overwrite deleted rows."""
    path = tmp_path / "db.sqlite3"
    earlier = sqlite3.connect(path)
    earlier.executescript("PRAGMA journal_mode = WAL; PRAGMA secure_delete = OFF")
    earlier.execute("CREATE TABLE note (text)")
    earlier.execute("INSERT INTO note VALUES (?), (?)", [SECRET.decode(), "what is kept"])
    earlier.commit()
    earlier.execute("DELETE FROM note WHERE text LIKE 'something%'")
    earlier.commit()
    earlier.close()
    return path


@pytest.fixture(autouse=True)
def ours(path, settings, monkeypatch, django_db_blocker):
    if connection.vendor != "sqlite":
        pytest.skip("this is about SQLite's files")
    settings.LEAST_FREE_BYTES = 0
    entry = {**project.DATABASES["default"], "NAME": path}
    entry["OPTIONS"] = {**entry["OPTIONS"], "timeout": 0.1}
    ours = ConnectionHandler({"default": entry})["default"]
    for module in (vacuum, deletion):
        monkeypatch.setattr(module, "connection", ours)
    with django_db_blocker.unblock():
        yield ours
    ours.close()


def is_left(path):
    return any(SECRET in file.read_bytes() for file in path.parent.iterdir())


def notes(path):
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT text FROM note").fetchall()
    database.close()
    return rows


def test_rows_deleted_by_an_earlier_release_are_removed_from_all_files(path):
    assert is_left(path)
    assert vacuum.erase_deleted_rows() == ""
    assert not is_left(path)
    assert notes(path) == [("what is kept",)]


def test_a_file_is_rewritten_once(ours):
    vacuum.erase_deleted_rows()
    statements = []
    with ours.execute_wrapper(
        lambda execute, sql, *args: statements.append(sql) or execute(sql, *args)
    ):
        assert vacuum.erase_deleted_rows() == ""
    assert statements == ["PRAGMA user_version"]


def test_without_space_for_two_copies_the_next_start_tries_again(path, monkeypatch):
    usage = {path.parent: SimpleNamespace(free=2 * path.stat().st_size - 1)}
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", usage.__getitem__)
        assert vacuum.erase_deleted_rows() == f"free another 1 MB on the disk of {path.parent}"
    assert is_left(path)
    vacuum.erase_deleted_rows()
    assert not is_left(path)


def test_a_database_in_use_is_left_for_the_next_start(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert vacuum.erase_deleted_rows() == "stop other programs that have the database open"
    other.close()
    assert vacuum.erase_deleted_rows() == ""
    assert not is_left(path)


def test_another_error_of_the_database_is_named(path, ours):
    def fail(execute, sql, *args):
        if sql == "VACUUM":
            raise OperationalError("disk I/O error")
        return execute(sql, *args)

    with ours.execute_wrapper(fail):
        assert vacuum.erase_deleted_rows() == "correct what SQLite reports (disk I/O error)"
    assert is_left(path)
