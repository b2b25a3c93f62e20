import sys

if "structlog" not in sys.modules:
    # structlog loads rich, if that is installed, for tracebacks that `skinscreen.logs` does not
    # write. It would take 5 MiB of each program.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    import structlog  # noqa: F401

    if sys.modules["rich"] is None:
        del sys.modules["rich"]

from skinscreen.celery import app as celery_app

__all__ = ["celery_app"]
