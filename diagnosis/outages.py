"""When nothing can be stored or read for now. Nothing is lost, so nothing is given up for it."""

import errno
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import ClassVar, TypeVar

from django.http import HttpResponse

logger = logging.getLogger(__name__)

Response = TypeVar("Response", bound=HttpResponse)

DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
POSTGRESQL_DISK_FULL = "53100"
RETRY_SECONDS = 300


class OutageError(Exception):
    """Says what is out and, to whoever operates this, how to mend it."""

    status: ClassVar = HTTPStatus.SERVICE_UNAVAILABLE


class DiskFullError(OutageError):
    status = HTTPStatus.INSUFFICIENT_STORAGE

    def __init__(self) -> None:
        super().__init__(
            "no room is left for photos or the database: make room on their disk; old backups "
            "are often what fills one."
        )


@contextmanager
def told_apart() -> Iterator[None]:
    """Raise an OutageError where that is what an error in the block comes of."""
    try:
        yield
    except OutageError:
        raise
    except Exception as error:
        if outage := behind(error):
            raise outage from error
        raise


def behind(error: BaseException) -> OutageError | None:
    """Return the outage that an error comes of, or None where it comes of something else."""
    if isinstance(error, OutageError):
        return error
    return DiskFullError() if _is_of_full_disk(error) else None


def answered(outage: OutageError, response: Response) -> Response:
    """Tell the operator in the log, and whoever asked when to ask again."""
    logger.critical("a request could not be met: %s", outage)
    response.status_code = outage.status.value
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _is_of_full_disk(error: BaseException) -> bool:
    driver = error.__cause__  # Django's own errors of the database do not tell
    return (
        (isinstance(error, OSError) and error.errno in DISK_FULL)
        or getattr(driver, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(driver, "sqlstate", None) == POSTGRESQL_DISK_FULL
    )
