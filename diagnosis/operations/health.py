"""Whether photos can be taken in and read: a word for each part, within two seconds."""

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
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.utils import timezone
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.models import WaitingMail
from diagnosis.models import Heartbeat
from diagnosis.photos import outages
from diagnosis.photos.encryption import EncryptedStorage
from skinscreen.backends import lock_waiting

if TYPE_CHECKING:
    from diagnosis.photos.bucket import PhotoS3Storage

logger = logging.getLogger("diagnosis.health")

Words = dict[str, str]
OK: Final = "ok"
PATIENCE_SECONDS: Final = 2.0
# Whoever asks more often gets the last answer: asking must be no way to keep the site busy.
KEPT_SECONDS: Final = 1.0
# A mail that has waited for so long has met a mail server that is down, or no worker.
LATE: Final = timedelta(minutes=5)


def _database() -> Words:
    try:
        with lock_waiting.bounded():
            # Reading works where nothing can be written: on a full disk, or under a lock.
            cache.set("readyz", value=True)
            versions = list(Heartbeat.objects.fresh().values_list("model_version", flat=True))
    finally:
        connection.close()  # this thread's own
    return {
        "database": OK,
        "worker": OK if versions else "silent",
        "model": OK if any(versions) else "not loaded" if versions else "unknown",
    }


def _mail() -> Words:
    if not settings.EMAIL_HOST:
        return {}
    try:
        with lock_waiting.bounded():
            late = WaitingMail.objects.filter(created_at__lte=timezone.now() - LATE)
            return {"mail": "late" if late.exists() else OK}
    finally:
        connection.close()


def _broker() -> Words:
    """Ask for an answer, once: a broker that is frozen still takes connections."""
    # What Celery calls a socket in a folder.
    address = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://", 1)
    with Redis.from_url(address, retry=Retry(NoBackoff(), 0), socket_timeout=1.0) as broker:
        broker.ping()
    return {"broker": OK}


def _disk() -> Words:
    if not os.access(settings.HOME, os.W_OK):
        return {"disk": "read-only"}
    free = shutil.disk_usage(settings.HOME).free
    is_full = free < settings.LEAST_FREE_BYTES or not _takes_a_file()
    return {"disk": "full" if is_full else OK}


def _takes_a_file() -> bool:
    """Write one: a quota, or no more inodes, is not seen in the bytes that are free."""
    try:
        with TemporaryFile(dir=settings.HOME) as file:
            file.write(b"readyz")
    except OSError as error:
        if outages.behind(error):
            return False
        raise
    return True


def _store() -> Words:
    inner = cast("EncryptedStorage", default_storage).inner
    if isinstance(inner, FileSystemStorage):
        return {}
    cast("PhotoS3Storage", inner).ask()
    return {"store": OK}


# Each with what is said where it fails.
CHECKS: Final[dict[Callable[[], Words], Words]] = {
    _database: {"database": "down", "worker": "unknown", "model": "unknown"},
    _broker: {"broker": "down"},
    _disk: {"disk": "down"},
    _store: {"store": "down"},
    _mail: {"mail": "unknown"},
}
_threads = ThreadPoolExecutor(max_workers=len(CHECKS), thread_name_prefix="health")
_running: dict[Callable[[], Words], Future[Words]] = {}
_lock = Lock()
_last: tuple[float, Words] = (float("-inf"), {})


def ready() -> Words:
    """Return a word for each part, "ok" where it works."""
    global _last  # noqa: PLW0603 - one answer a process
    with _lock:
        asked_at, _ = _last
        if monotonic() - asked_at > KEPT_SECONDS:
            words = _ask()
            _last = (monotonic(), words)
        return _last[1]


def _ask() -> Words:
    for check in CHECKS:
        # One that hangs is not asked a second time.
        if check not in _running or _running[check].done():
            _running[check] = _threads.submit(check)
    wait(_running.values(), timeout=PATIENCE_SECONDS)
    return {part: word for check in CHECKS for part, word in _words(check).items()}


def _words(check: Callable[[], Words]) -> Words:
    running = _running[check]
    if not running.done():
        return CHECKS[check] | {next(iter(CHECKS[check])): "slow"}
    if error := running.exception():
        # Its message may name hosts and people.
        logger.warning("not ready: %s (%s)", CHECKS[check], type(error).__name__)
        return CHECKS[check]
    return running.result()
