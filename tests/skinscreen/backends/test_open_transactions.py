import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connections, transaction
from django.db.utils import ConnectionHandler

from skinscreen.backends import open_transactions


@pytest.fixture
def connection(transactional_db, tmp_path, monkeypatch):
    """A connection that can be closed. Django does not close SQLite connections to memory."""
    database = {**connections["default"].settings_dict}
    if connections["default"].vendor == "sqlite":
        database["NAME"] = tmp_path / "rows.sqlite3"
    handler = ConnectionHandler({"default": database})
    run(handler["default"], "CREATE TABLE rows (number INTEGER)")
    with monkeypatch.context() as during:
        during.setattr(open_transactions, "connections", handler)
        during.setattr(transaction, "get_connection", lambda _: handler["default"])
        yield handler["default"]
    run(handler["default"], "DROP TABLE rows")
    handler["default"].close()


def run(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if sql.startswith("SELECT") else None


def numbers(connection):
    return [number for (number,) in run(connection, "SELECT number FROM rows")]


def interrupt_begin(connection):
    """Exceed the time limit after BEGIN, but before Django notes the open transaction."""
    if connection.vendor == "sqlite":
        connection.connection.execute("BEGIN")
    else:
        connection.connection.autocommit = False
    run(connection, "INSERT INTO rows VALUES (1)")
    unread = connection.connection.execute("SELECT 1 UNION ALL SELECT 2")
    raise SoftTimeLimitExceeded(unread)


def interrupt_end(connection):
    """Exceed the time limit just before Django ends a transaction."""
    transaction.atomic().__enter__()
    run(connection, "INSERT INTO rows VALUES (1)")
    raise SoftTimeLimitExceeded


@pytest.mark.parametrize("interrupt", [interrupt_begin, interrupt_end])
def test_an_interrupted_transaction_is_rolled_back_and_the_next_one_commits(connection, interrupt):
    with pytest.raises(SoftTimeLimitExceeded) as interrupted:
        interrupt(connection)
    open_transactions.close()
    with transaction.atomic():
        run(connection, "INSERT INTO rows VALUES (2)")
    connection.close()
    assert numbers(connection) == [2]
    # This use keeps the exception, and so any unread SELECT, in memory until here.
    assert interrupted.value


def test_a_connection_without_a_transaction_stays_open(connection):
    before = connection.connection
    open_transactions.close()
    assert connection.connection is before
