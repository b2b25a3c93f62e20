"""Checks whether the site can accept and read photos: a word per component, within two seconds."""

import logging
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from tempfile import TemporaryFile
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage
from django.db import connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.models import WaitingMail
from diagnosis.models import Heartbeat
from diagnosis.photos import outages
from diagnosis.photos.encryption import site_storage
from skinscreen.backends import lock_waiting
from skinscreen.backends.times import now_plus

if TYPE_CHECKING:
    from diagnosis.photos.bucket import PhotoS3Storage

logger = logging.getLogger("diagnosis.health")

Words = dict[str, str]
OK: Final = "ok"
PATIENCE_SECONDS: Final = 2.0
# Requests within this time get the cached answer, so that checks cannot overload the site.
KEPT_SECONDS: Final = 1.0
# A mail that has waited this long means that the mail server fails, or that no worker sends mails.
LATE: Final = timedelta(minutes=5)


def check_database() -> Words:
    try:
        with lock_waiting.bounded():
            # Reads succeed even if writes fail, as on a full disk or under a lock.
            cache.set("readyz", value=True)
            versions = list(Heartbeat.objects.fresh().values_list("model_version", flat=True))
    finally:
        connection.close()  # each thread opens its own connection
    return {
        "database": OK,
        "worker": OK if versions else "silent",
        "model": OK if any(versions) else "not loaded" if versions else "unknown",
    }


def check_mail() -> Words:
    if not settings.EMAIL_HOST:
        return {}
    try:
        with lock_waiting.bounded():
            late = WaitingMail.objects.filter(created_at__lte=now_plus(-LATE))
            return {"mail": "late" if late.exists() else OK}
    finally:
        connection.close()


def check_broker() -> Words:
    """Ping the broker. Connecting is not enough: a frozen broker still accepts connections."""
    # Celery's scheme for a Unix socket.
    address = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://", 1)
    with Redis.from_url(address, retry=Retry(NoBackoff(), 0), socket_timeout=1.0) as broker:
        broker.ping()
    return {"broker": OK}


def check_disk() -> Words:
    if not os.access(settings.HOME, os.W_OK):
        return {"disk": "read-only"}
    free = shutil.disk_usage(settings.HOME).free
    is_full = free < settings.LEAST_FREE_BYTES or not _takes_a_file()
    return {"disk": "full" if is_full else OK}


def _takes_a_file() -> bool:
    """Write a file, because the number of free bytes shows neither a quota nor a lack of inodes."""
    try:
        with TemporaryFile(dir=settings.HOME) as file:
            file.write(b"readyz")
    except OSError as error:
        if outages.behind(error):
            return False
        raise
    return True


def check_store() -> Words:
    inner = site_storage().inner
    if isinstance(inner, FileSystemStorage):
        return {}
    cast("PhotoS3Storage", inner).check()
    return {"store": OK}


# Each check, with the words for its components if it fails.
CHECKS: Final[dict[Callable[[], Words], Words]] = {
    check_database: {"database": "down", "worker": "unknown", "model": "unknown"},
    check_broker: {"broker": "down"},
    check_disk: {"disk": "down"},
    check_store: {"store": "down"},
    check_mail: {"mail": "unknown"},
}


class Readiness:
    """Runs each check in its own thread, and caches the answer for a second."""

    def __init__(self, checks: dict[Callable[[], Words], Words]) -> None:
        self._checks = checks
        self._threads = ThreadPoolExecutor(len(checks), thread_name_prefix="health")
        self._running: dict[Callable[[], Words], Future[Words]] = {}
        self._lock = Lock()
        self._answered_at, self._answer = float("-inf"), Words()

    def words(self) -> Words:
        """Return a word for each component. It is "ok" if the component works."""
        with self._lock:
            if monotonic() - self._answered_at > KEPT_SECONDS:
                self._answer = self._ask()
                self._answered_at = monotonic()
            return self._answer

    def _ask(self) -> Words:
        for check in self._checks:
            # A check that hangs is not started again.
            if check not in self._running or self._running[check].done():
                self._running[check] = self._threads.submit(check)
        wait(self._running.values(), timeout=PATIENCE_SECONDS)
        return {part: word for check in self._checks for part, word in self._result(check).items()}

    def _result(self, check: Callable[[], Words]) -> Words:
        running, failed = self._running[check], self._checks[check]
        if not running.done():
            return failed | {next(iter(failed)): "slow"}
        if error := running.exception():
            # Without the error's message, which may contain host names and people's addresses.
            logger.warning("not ready: %s (%s)", failed, type(error).__name__)
            return failed
        return running.result()


readiness = Readiness(CHECKS)
