import io
import json
import logging
import sqlite3
import time

import pytest
import structlog
from django.core.exceptions import ValidationError
from django.db import DataError

from skinscreen import logs

WHOLE_ROW = 'new row violates check "tier"\nDETAIL: Failing row contains (itches, 0.83)'


@pytest.fixture
def written():
    """Log to a stream in our format, and return the stream."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatter(is_json=True))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    yield handler.stream
    logger.removeHandler(handler)


def formatter(*, is_json):
    return logs.config("INFO", is_json=is_json)["formatters"]["line"]["()"]()


def raised(error):
    secret = "itches"  # noqa: F841 - must not be logged
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    "message",
    [
        "no mail to Ann <ann@example.org>, nor ann+skin@mail.example.org",
        "refused: {'ann@example.org': (550, b'ann@example.org unknown')}",
        'Key (email)=(ann@example.org) already exists, "ann@example.org"',
        "redis://:ann@queue:6379/0 does not answer",
    ],
)
def test_addresses_and_passwords_are_removed_from_every_message(written, message):
    logging.getLogger("tests.logs").warning("%s", message)
    line = written.getvalue()
    assert "ann" not in line
    assert logs.WITHHELD in json.loads(line)["event"]


def test_an_exception_is_logged_without_values_and_rows(written):
    error = raised(sqlite3.IntegrityError(WHOLE_ROW))
    logging.getLogger("tests.logs").error("it failed", exc_info=error)
    logged = json.loads(written.getvalue())["exception"]
    assert logged.startswith('IntegrityError: new row violates check "tier"\n  ')
    assert "test_logs.py" in logged
    assert "itches" not in logged


def test_a_failed_tasks_exception_is_logged_without_values_and_rows(written):
    error = raised(sqlite3.IntegrityError(WHOLE_ROW))
    structlog.get_logger("tests.logs").error("task_failed", error=str(error), exception=error)
    line = json.loads(written.getvalue())
    assert line["exception"].startswith("IntegrityError: new row")
    assert "itches" not in str(line)


def test_lines_are_plain_text_unless_json_is_configured():
    record = logging.LogRecord("web", logging.ERROR, "", 0, "%s is gone", ("it",), None)
    assert "[error] it is gone [web]" in " ".join(formatter(is_json=False).format(record).split())


TYPED = "itches since Tuesday"


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"could not convert string to float: {TYPED!r}"),
        KeyError(TYPED),
        DataError(f'invalid input syntax for type uuid: "{TYPED}"'),
        ValidationError(f"“{TYPED}” is not a valid UUID."),
    ],
)
def test_quoted_values_in_an_error_are_withheld(written, error):
    logging.getLogger("tests.logs").error("it failed", exc_info=raised(error))
    logged = json.loads(written.getvalue())["exception"]
    assert logged.startswith(f"{type(error).__name__}: ")
    assert TYPED not in logged


def test_the_name_of_a_missing_file_is_logged(written):
    error = raised(FileNotFoundError(2, "No such file or directory", "/srv/model.tflite"))
    logging.getLogger("tests.logs").error("it failed", exc_info=error)
    assert "'/srv/model.tflite'" in json.loads(written.getvalue())["exception"]


@pytest.mark.parametrize(
    "line",
    [
        f"Invalid request from ip=203.0.113.9: Invalid HTTP Header: {TYPED!r}",
        f"Error handling request POST /?q={TYPED}",
    ],
)
def test_gunicorns_lines_contain_no_sender_and_no_content(written, line):
    logging.getLogger("tests.logs").warning(line)
    logged = json.loads(written.getvalue())["event"]
    assert logged.startswith("a request ")
    assert "203.0.113.9" not in logged
    assert TYPED not in logged


def test_a_malformed_request_is_logged_only_by_its_status():
    assert logs.config("INFO", is_json=True)["loggers"]["django.security"]["level"] == "CRITICAL"


@pytest.mark.parametrize("word", ["x" * 10**6, "@" * 10**5, "x@" * 10**5, "x;" * 10**5])
def test_removing_addresses_from_a_long_word_takes_linear_time(word):
    begin = time.process_time()
    logs.ADDRESS.sub(logs.WITHHELD, word)
    assert time.process_time() - begin < 1
