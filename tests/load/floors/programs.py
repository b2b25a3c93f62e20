"""`python -m tests.load.floors.programs NAME`: the memory that a program's imports take, as JSON.

In MiB: its own memory, the files that are mapped into it, and the memory that a process forked from
it copies to read one row. A real program takes more.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace


def web() -> None:
    from skinscreen import gunicorn

    gunicorn.load(SimpleNamespace(wsgi=lambda: import_module("skinscreen.wsgi")))


def worker() -> None:
    import django
    from celery import signals

    from skinscreen.celery import app

    django.setup()
    app.loader.import_default_modules()
    signals.worker_init.send(app)


def beat() -> None:
    from skinscreen import beat as program

    program.set_up_logging()
    import_module("celery.apps.beat")
    import_module("kombu.transport.redis")


def decoder() -> None:
    import_module("diagnosis.decoder.process")


def supervisor() -> None:
    import_module("supervisor.supervisord")


PROGRAMS: dict[str, Callable[[], None]] = {
    "web": web,
    "worker": worker,
    "beat": beat,
    "decoder": decoder,
    "supervisor": supervisor,
}
FORKING = {"web", "worker"}


def mib(name: str) -> float:
    match = re.search(rf"^{name}:\s+(\d+)", Path("/proc/self/smaps_rollup").read_text(), re.M)
    assert match
    return int(match[1]) / 1024


def copied() -> float:
    """Return the memory (MiB) that a forked process copies to read one account's row."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        from accounts.models import User

        User.objects.order_by("pk").first()
        os.write(writing, str(mib("Private_Dirty")).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return float(os.read(reading, 100))


def main(name: str) -> None:
    PROGRAMS[name]()
    own = mib("Anonymous")
    taken = {"own": own, "files": mib("Rss") - own, "copied": copied() if name in FORKING else 0}
    print(json.dumps(taken))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
