"""Log lines, as text or JSON. Text logs have a line for each request and task only at DEBUG.

Our lines contain ids, never what a person wrote, sent or saw. Personal data in the lines of
libraries is removed here.
"""

import re
from collections.abc import Iterator
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, Processor

WITHHELD = "[withheld]"
# E-mail addresses, and `user:password@host` in URLs. A match begins at the start of a word and does
# not backtrack. Otherwise the time for a word would grow with the square of its length.
ADDRESS = re.compile(r"""(?<![^\s"'\\<>()\[\],=/])[^\s"'\\<>()\[\],=/@]*+@[^\s"'\\<>()\[\],;/]+""")
# An error message may quote a person's input.
QUOTED = re.compile(r"""'[^']*+'|"[^"]*+"|“[^”]*+”""")
# Errors whose messages quote only names of files, hosts, tables and constraints.
DATABASE_KINDS = {"IntegrityError", "OperationalError", "ProgrammingError"}
# Replacements for gunicorn's lines about malformed requests, since those lines quote the request.
OF_GUNICORN = {
    "Invalid request from ip=": "a request was refused, since it is not valid HTTP",
    "Error handling request": "a request could not be answered",
}

_stacks = ExceptionDictTransformer(show_locals=False)


def config(level: str, *, is_json: bool) -> dict[str, Any]:
    """Configure structlog, and return the logging configuration for Django, Celery and gunicorn."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=is_json),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": lambda: _formatter(shared, is_json=is_json)}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # At DEBUG, template errors show a page's whole context.
            "django": {"handlers": [], "level": "INFO"},
            # Silenced: their lines contain addresses, arguments and messages. django_structlog logs
            # each request and task without these.
            "django.request": {"level": "CRITICAL"},
            "django.security": {"level": "CRITICAL"},
            "celery": {"level": "WARNING"},
            "celery.app.trace": {"level": "CRITICAL"},
            "gunicorn.access": {"level": "CRITICAL"},
            "gunicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
            "kombu": {"level": "WARNING"},
            # A line for each request is useful to programs only, so text logs omit it.
            "django_structlog": {"level": level if is_json or level == "DEBUG" else "WARNING"},
        },
    }


def _formatter(shared: list[Processor], *, is_json: bool) -> ProcessorFormatter:
    plain = structlog.dev.ConsoleRenderer(
        colors=False,
        pad_event_to=0,
        pad_level=False,
        exception_formatter=structlog.dev.plain_traceback,
    )
    return ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            _gather,
            structlog.processors.ExceptionRenderer(_describe),
            structlog.processors.JSONRenderer() if is_json else plain,
            _withhold,
        ],
    )


def _gather(_: Any, __: str, event: EventDict) -> EventDict:
    """Bring the lines of libraries into the same form as our own."""
    for beginning, words in OF_GUNICORN.items():
        if str(event.get("event")).startswith(beginning):
            event["event"] = words
    event.pop("error", None)
    if isinstance(event.get("exception"), BaseException):
        event["exc_info"] = event.pop("exception")
    return event


def _withhold(_: Any, __: str, line: Any) -> str:
    return ADDRESS.sub(WITHHELD, line)


def _describe(exc_info: ExcInfo) -> str:
    """Describe an exception with its traceback, without the values of variables.

    Only the first line of its message is used. In later lines, databases quote the whole row.
    """
    return "\n".join(
        "\n".join(
            [
                f"{stack['exc_type']}: {_message(stack['exc_type'], stack['exc_value'])}",
                *(
                    f"  {frame['filename']}:{frame['lineno']} {frame['name']}"
                    for frame in stack["frames"]
                ),
            ]
        )
        for stack in _stacks(exc_info)
    )


def _message(kind: str, words: str) -> str:
    line = words.partition("\n")[0]
    return line if kind in _KINDS_WITHOUT_INPUT else QUOTED.sub(WITHHELD, line)


def _names(kind: type[BaseException]) -> Iterator[str]:
    yield kind.__name__
    for subclass in kind.__subclasses__():
        yield from _names(subclass)


_KINDS_WITHOUT_INPUT = {*DATABASE_KINDS, *_names(OSError)}
