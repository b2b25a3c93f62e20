import sys

if not {"structlog", "rich"} & sys.modules.keys():
    # structlog loads rich, if that is installed, for tracebacks that `skinscreen.logs` does not
    # write. It would take 5 MiB of each program.
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]

from skinscreen.celery import app as celery_app

__all__ = ["celery_app"]
