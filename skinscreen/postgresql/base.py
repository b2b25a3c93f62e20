"""Django's PostgreSQL backend, but it closes a connection to a server that stops answering.

A frozen server keeps its connections open. Neither TCP keep-alive nor `lock_timeout` ends the wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg.pq import TransactionStatus

from skinscreen.keepalive import CONNECT_SECONDS


class DatabaseWrapper(base.DatabaseWrapper):
    # The time limit for a statement. None, as for migrations, means no limit.
    answer_seconds: float | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        connection: Connection = super().get_new_connection(conn_params)
        wait = connection.wait

        def wait_no_longer(generator: Any, **options: Any) -> Any:
            try:
                return wait(generator, **{"timeout": self.answer_seconds, **options})
            except OperationalError:
                if connection.info.transaction_status == TransactionStatus.ACTIVE:
                    # A late answer would be taken for the answer to the next statement.
                    connection.close()
                raise

        connection.wait = wait_no_longer  # type: ignore[method-assign, assignment]
        return connection

    @contextmanager
    def answered_within(self, seconds: float) -> Iterator[None]:
        usual, self.answer_seconds = self.answer_seconds, seconds
        try:
            yield
        finally:
            self.answer_seconds = usual

    def is_usable(self) -> bool:
        """Check an idle connection, but wait no longer than for a new connection."""
        with self.answered_within(CONNECT_SECONDS):
            return bool(super().is_usable())
