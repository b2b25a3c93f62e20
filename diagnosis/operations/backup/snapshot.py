"""Makes a consistent copy of the database with the database's tools, while the site writes."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from diagnosis.operations.backup.errors import BackupError

# Selects statements that drop everything that dumps and migrations create. Tables and routines of
# extensions stay: PostgreSQL refuses to drop them without their extension.
OURS_ON_POSTGRESQL = """
SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
AND NOT EXISTS (
    SELECT FROM pg_depend
    WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
)
UNION ALL
SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace
AND NOT EXISTS (
    SELECT FROM pg_depend
    WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
)
"""

Rows = Callable[[str], list[Any]]


@contextmanager
def dumped(path: Path) -> Iterator[Rows]:
    """Dump the database into a file. Yield a function that queries the same snapshot."""
    with _sqlite(path) if connection.vendor == "sqlite" else _postgres(path) as rows:
        yield rows


@contextmanager
def _sqlite(path: Path) -> Iterator[Rows]:
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        # In WAL mode the copy would consist of two files.
        copy.execute("PRAGMA journal_mode=DELETE")
        yield lambda sql: copy.execute(sql).fetchall()


@contextmanager
def _postgres(path: Path) -> Iterator[Rows]:
    def rows(sql: str) -> list[Any]:
        cursor.execute(sql)
        return list(cursor.fetchall())

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        ((name,),) = rows("SELECT pg_export_snapshot()")
        run_tool("pg_dump", "--format=custom", f"--snapshot={name}", f"--file={path}")
        yield rows


def is_empty() -> bool:
    """Return whether the database contains nothing that `clear` would remove."""
    if connection.vendor == "sqlite":
        return not connection.introspection.table_names()
    return not _drops(connection)


def load(dump: Path) -> None:
    """Fill the empty database from a dump that `dumped` wrote."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(dump)) as copy:
            copy.backup(connection.connection)
    else:
        run_tool("pg_restore", "--exit-on-error", "--single-transaction", str(dump))
    connection.close()


def clear(database: BaseDatabaseWrapper | None = None) -> None:
    """Remove what `load` and migrations put into a database. The default is the site's database."""
    target = database or connection
    target.ensure_connection()
    if target.vendor == "sqlite":
        with closing(sqlite3.connect(":memory:")) as empty:
            empty.backup(target.connection)
        return
    with target.cursor() as cursor:
        for statement in _drops(target):
            cursor.execute(statement)


def _drops(database: BaseDatabaseWrapper) -> list[str]:
    """Return the statements that remove what is ours from a PostgreSQL database."""
    with database.cursor() as cursor:
        cursor.execute(OURS_ON_POSTGRESQL)
        return [statement for (statement,) in cursor.fetchall()]


def run_tool(program: str, *options: str) -> None:
    if not shutil.which(program):
        raise BackupError(f"{program} is not installed: apt-get install postgresql-client.")
    # With "-d" at the end, because Django appends the database's name.
    parameters = ["--no-owner", "--no-privileges", *options, "-d"]
    words, environment = connection.client.settings_to_cmd_args_env(
        connection.settings_dict, parameters
    )
    command = [program, *words[1:]]
    ended = subprocess.run(  # noqa: S603 - the words are ours and the operator's
        command,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        # A killed program prints nothing.
        reason = (ended.stderr.strip() or f"it ended with {ended.returncode}").splitlines()[0]
        raise BackupError(
            f"{program} failed. Check DATABASE_URL, and that {program} is not older than the "
            f"server: {reason}."
        )
