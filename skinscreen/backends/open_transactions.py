"""Ends transactions that a time limit left open.

Celery's soft time limit can raise its exception after BEGIN but before Django notes that a
transaction is open. The worker would then keep the transaction's locks, and never commit again.
"""

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


def close() -> None:
    """Close each connection that has an open transaction. Call this when none should be open."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and _is_open(connection):
            connection.in_atomic_block = False
            if connection.vendor == "sqlite":
                # An exception may hold a cursor with unread rows. While it does, SQLite keeps the
                # locks even of a closed connection.
                connection.rollback()
            connection.close()


def _is_open(connection: BaseDatabaseWrapper) -> bool:
    """Ask the driver as well as Django."""
    driver = connection.connection
    if connection.vendor == "sqlite":
        return connection.in_atomic_block or driver.in_transaction
    from psycopg.pq import TransactionStatus

    is_idle = driver.info.transaction_status == TransactionStatus.IDLE
    return connection.in_atomic_block or not is_idle or not driver.autocommit
