"""gunicorn's settings. gunicorn imports this module by its name."""

import gc
import os
import shutil
from itertools import count
from pathlib import Path
from typing import Any

from skinscreen import settings
from skinscreen.environment import env
from skinscreen.run import heap, private_folders, request_memory

_host, _port = settings.BIND, settings.PORT

bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
workers = env.integer("SKINSCREEN_WEB_WORKERS", 2, least=1, most=256)
# A request gets a thread only after it has arrived completely, so that slow clients block nobody.
worker_class = "skinscreen.run.slow_client_worker.PatientWorker"
threads = 4
# Each connection is an open file, of which a process usually may have 1,024. It needs some for the
# database, broker, store and decoder, and one that it cannot open ends gunicorn's process.
worker_connections = 900
timeout = 60
_memory = Path("/dev/shm")
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
logconfig_dict = settings.LOGGING
# No higher than gunicorn's defaults. Our pages need no more.
limit_request_line = 2048
limit_request_fields = 64
limit_request_field_size = 8190
# gunicorn must not interpret a proxy's headers, since it would trust every user of this machine.
# Django and allauth interpret them, according to SKINSCREEN_TRUSTED_PROXIES.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
graceful_timeout = settings.GRACE_SECONDS
keepalive = 5
# Processes are replaced to bound memory leaks. The jitter keeps them from restarting together.
max_requests = 10_000
max_requests_jitter = 1_000


# The folder in which each process writes the durations of its requests for `/metrics`. It is in
# memory if possible: the files are memory-mapped, and a full disk would kill the process (SIGBUS).
def metrics_folder() -> Path:
    return private_folders.folder("metrics", _memory if worker_tmp_dir else settings.HOME / "run")


def on_starting(_: Any) -> None:
    from diagnosis.decoder import confinement

    confinement.warn()
    delete_metrics()


def delete_metrics() -> None:
    """Delete the metrics of the previous start, and set the folder for new ones."""
    shutil.rmtree(metrics_folder())
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics_folder())


def on_exit(_: Any) -> None:
    shutil.rmtree(metrics_folder())


def pre_fork(server: Any, worker: Any) -> None:
    """Give the new process the lowest number that no running process has."""
    taken = {running.metrics_number for running in server.WORKERS.values()}
    worker.metrics_number = next(number for number in count() if number not in taken)


def post_fork(_: Any, worker: Any) -> None:
    """Have the process continue the metrics of the one that had its number before.

    By default, each process has a file of its own, and files of ended processes fill the memory.
    """
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(lambda: worker.metrics_number)  # type: ignore[no-untyped-call]


def child_exit(_: Any, worker: Any) -> None:
    request_memory.reset(worker.age)


def when_ready(server: Any) -> None:
    load(server.app)
    shown = "localhost" if _host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else _host
    print(
        f"SkinScreen is ready at http://{shown}:{_port}/ - to make a reviewer account: "
        ".venv/bin/python manage.py make_reviewer you@example.org",
        flush=True,
    )


def load(app: Any) -> None:
    """Import the pages before the fork, so that the web processes share the memory.

    gunicorn's `preload_app` would import them before `on_starting` sets the folder for metrics.
    """
    app.wsgi()
    from django.urls import reverse

    reverse("diagnosis:home")  # imports all views, and fills Django's URL tables
    compile_templates()
    gc.collect()
    heap.trim()
    # A garbage collection in a process would write to the objects, and so copy their memory.
    gc.freeze()


def compile_templates() -> None:
    """Compile the pages' templates into Django's cache, so that the processes share them."""
    from django.template.loader import get_template

    folder = env.BASE_DIR / "templates"
    for path in folder.rglob("*.html"):
        get_template(str(path.relative_to(folder)))


def post_worker_init(worker: Any) -> None:
    from diagnosis.photos import photo_decoder

    heap.return_freed_photos()
    photo_decoder.start()
