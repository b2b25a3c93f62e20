"""Outages: a service such as the store or the database is unavailable, or the disk is full.

Nothing is lost. Work is retried.
"""

import errno
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import ClassVar, TypeVar

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

from skinscreen.backends.lock_waiting import WaitedTooLongError

logger = logging.getLogger("diagnosis.outages")

Response = TypeVar("Response", bound=HttpResponse)

DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
POSTGRESQL_DISK_FULL = "53100"
SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
}
# The mask for the primary code within SQLite's extended result code.
SQLITE_KIND = 0xFF
# SQLSTATEs or their first characters.
POSTGRESQL_AWAY = (
    "08",  # connection failed
    "53",  # too few resources
    "57",  # operator intervention
    "55P03",  # lock timeout
    "40P01",  # deadlock
    "25006",  # read-only standby, which Django takes for an internal error
)
POSTGRESQL_CUT = ("08", "57P")  # connection failed, server shut down


class OutageError(Exception):
    """Something is unavailable. The text names it and says what the operator can do."""

    status: ClassVar = HTTPStatus.SERVICE_UNAVAILABLE
    retry_seconds: ClassVar = 300


class DatabaseAwayError(OutageError):
    retry_seconds = 30

    def __init__(self) -> None:
        super().__init__(
            "the database does not answer, or a lock on it is held for too long. Check that "
            "PostgreSQL runs. With SQLite, check that no other program writes to the file, and "
            "that SkinScreen may write to it."
        )


class DiskFullError(OutageError):
    status = HTTPStatus.INSUFFICIENT_STORAGE

    def __init__(self) -> None:
        super().__init__(
            "the disk of the photos or of the database is full: make room on it. Old backups are "
            "a common cause."
        )


@contextmanager
def translated() -> Iterator[None]:
    """Raise an OutageError if an outage caused an error in the block."""
    try:
        yield
    except OutageError:
        raise
    except Exception as error:
        if outage := behind(error):
            raise outage from error
        raise


def behind(error: BaseException) -> OutageError | None:
    """Return the outage that caused an error, or None if something else did."""
    if isinstance(error, OutageError):
        return error
    if _is_of_full_disk(error):
        return DiskFullError()
    return DatabaseAwayError() if _is_of_database(error) else None


def has_lost_connection(error: BaseException) -> bool:
    """Return whether the connection to PostgreSQL broke. The last COMMIT may have succeeded."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", "")
    return state is None or state.startswith(POSTGRESQL_CUT)


def page(outage: OutageError) -> HttpResponse:
    """Return the error page. It is rendered without the request, to avoid the database."""
    return answered(outage, HttpResponse(render_to_string("503.html")))


def answered(outage: OutageError, response: Response) -> Response:
    """Log the outage for the operator, and answer with Retry-After."""
    logger.critical("a request failed because of an outage: %s", outage)
    response.status_code = outage.status.value
    response.headers["Retry-After"] = str(outage.retry_seconds)
    add_never_cache_headers(response)
    return response


def _is_of_full_disk(error: BaseException) -> bool:
    driver = error.__cause__  # Django's own database errors have no code
    return (
        (isinstance(error, OSError) and error.errno in DISK_FULL)
        or getattr(driver, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(driver, "sqlstate", None) == POSTGRESQL_DISK_FULL
    )


def _is_of_database(error: BaseException) -> bool:
    if isinstance(error, WaitedTooLongError):
        return True
    if not isinstance(error, OperationalError | InterfaceError | InternalError):
        return False
    driver = error.__cause__
    if (code := getattr(driver, "sqlite_errorcode", None)) is not None:
        return code & SQLITE_KIND in SQLITE_AWAY
    # An error of the connection itself has no SQLSTATE.
    state = getattr(driver, "sqlstate", "")
    return state is None or state.startswith(POSTGRESQL_AWAY)
