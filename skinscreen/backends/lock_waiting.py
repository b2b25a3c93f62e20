"""Limits the total time that a request waits for locks."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, cast

from django.conf import settings
from django.db import Error, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from skinscreen.postgresql.base import DatabaseWrapper

# A statement that takes less time counts as not having waited for a lock.
NOTICED_SECONDS: Final = 0.1
# PostgreSQL counts as frozen if a statement takes this much longer than the limit for locks.
WORK_SECONDS: Final = 5


class WaitedTooLongError(OperationalError):
    """A lock could not be acquired in time."""


class Patience:
    """Wraps a request's statements, and holds the time that they may still wait for locks."""

    def __init__(self, seconds: float) -> None:
        self.seconds = self.left = seconds

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's
        if self.left < self.seconds:
            limit(context["connection"], self.left)
        began = monotonic()
        try:
            return execute(sql, params, many, context)
        finally:
            took = monotonic() - began
            self.left -= min(took, self.left) if took > NOTICED_SECONDS else 0


@contextmanager
def bounded() -> Iterator[None]:
    """Limit the total time that all statements in the block wait for locks."""
    patience = Patience(settings.WAIT_SECONDS)
    with connection.execute_wrapper(patience), _answered_within(settings.WAIT_SECONDS):
        yield
        if patience.left < patience.seconds and connection.connection is not None:
            _renew(patience.seconds)


def _renew(seconds: float) -> None:
    """Give the next request on this connection its full time again."""
    try:
        limit(connection, seconds)
    except Error:
        # The server has gone, but the work is done: the response must not be lost.
        connection.close()


def _answered_within(seconds: float) -> AbstractContextManager[None]:
    """Stop waiting for a frozen PostgreSQL server, which does not apply its own lock timeout."""
    if connection.vendor != "postgresql":
        return nullcontext()
    return cast("DatabaseWrapper", connection).answered_within(seconds + WORK_SECONDS)


def bound_waiting(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        with bounded():
            return get_response(request)

    return middleware


def limit(database: BaseDatabaseWrapper, seconds: float) -> None:
    """Set how long later statements of the connection wait for a lock."""
    milliseconds = int(1000 * seconds)
    with database.wrap_database_errors:
        if database.vendor == "sqlite":
            database.connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
        elif not _is_aborted(database):
            # 0 would mean no limit.
            database.connection.execute(f"SET lock_timeout = {max(1, milliseconds)}")


def _is_aborted(database: BaseDatabaseWrapper) -> bool:
    """Return whether the connection is lost, or its transaction accepts only a rollback."""
    from psycopg.pq import TransactionStatus

    status = database.connection.info.transaction_status
    return status in {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}
