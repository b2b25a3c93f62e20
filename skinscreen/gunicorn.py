"""gunicorn's settings for `make run`; it imports this module by name."""

import ctypes
import gc
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from skinscreen import settings
from skinscreen.environment import env
from skinscreen.run import private_folders, request_memory

M_MMAP_THRESHOLD = -3  # malloc.h

_host, _port = settings.BIND, settings.PORT

bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
workers = env.integer("SKINSCREEN_WEB_WORKERS", 2, least=1, most=256)
# A request gets a thread only after it has arrived completely, so slow clients block nobody.
worker_class = "skinscreen.run.slow_client_worker.PatientWorker"
threads = 4
timeout = 60
_memory = Path("/dev/shm")
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
logconfig_dict = settings.LOGGING
# Our pages need no more.
limit_request_line = 2048
limit_request_fields = 64
limit_request_field_size = 8190
# gunicorn would trust every account of this machine. Instead, Django and allauth read the proxy's
# headers, according to SKINSCREEN_TRUSTED_PROXIES.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
graceful_timeout = 30
keepalive = 5
# This bounds memory leaks. The jitter keeps processes from restarting together.
max_requests = 10_000
max_requests_jitter = 1_000


# Each process writes the times of its requests here, and any process reads them for all. The files
# are memory-mapped, so writing to one on a full disk kills the process (SIGBUS).
def measured() -> Path:
    return private_folders.folder("metrics", _memory if worker_tmp_dir else settings.HOME / "run")


def on_starting(_: Any) -> None:
    from diagnosis.decoder import confinement

    confinement.warn()
    forget_measurements()


def forget_measurements() -> None:
    """Delete the measurements of the previous start's processes."""
    shutil.rmtree(measured())
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(measured())


def on_exit(_: Any) -> None:
    shutil.rmtree(measured())


def child_exit(_: Any, worker: Any) -> None:
    request_memory.vacate(worker.age)


def when_ready(server: Any) -> None:
    load(server.app)
    shown = "localhost" if _host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else _host
    print(
        f"SkinScreen is ready at http://{shown}:{_port}/ - to make a reviewer account: "
        ".venv/bin/python manage.py make_reviewer you@example.org",
        flush=True,
    )


def load(app: Any) -> None:
    """Import the pages before the processes are forked, so that they share that memory.

    gunicorn's `preload_app` would do so before `on_starting` says where measurements are kept.
    """
    app.wsgi()
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
    gc.collect()
    # A collection in a process would write to the objects, and so copy their memory.
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    from diagnosis.photos import photo_decoder

    give_memory_back()
    photo_decoder.start()


def give_memory_back() -> None:
    """Have glibc return a photo's memory to the system when it is freed."""
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 128 * 1024)
