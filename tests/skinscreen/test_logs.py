import io
import json
import logging
import sqlite3

import pytest
import structlog

from skinscreen import logs

WHOLE_ROW = 'new row violates check "tier"\nDETAIL: Failing row contains (itches, 0.83)'


@pytest.fixture
def written():
    """Log to a stream in our format, and return it."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatter(is_json=True))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    yield handler.stream
    logger.removeHandler(handler)


def formatter(*, is_json):
    return logs.config("INFO", is_json=is_json)["formatters"]["line"]["()"]()


def raised(error):
    secret = "itches"  # noqa: F841 - must not be told
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
def test_addresses_and_passwords_are_taken_out_of_any_message(written, message):
    logging.getLogger("tests.logs").warning("%s", message)
    line = written.getvalue()
    assert "ann" not in line
    assert logs.WITHHELD in json.loads(line)["event"]


def test_an_exception_is_told_without_values_and_without_the_row(written):
    error = raised(sqlite3.IntegrityError(WHOLE_ROW))
    logging.getLogger("tests.logs").error("it failed", exc_info=error)
    told = json.loads(written.getvalue())["exception"]
    assert told.startswith('IntegrityError: new row violates check "tier"\n  ')
    assert "test_logs.py" in told
    assert "itches" not in told


def test_a_failed_tasks_exception_is_told_in_the_same_way(written):
    error = raised(sqlite3.IntegrityError(WHOLE_ROW))
    structlog.get_logger("tests.logs").error("task_failed", error=str(error), exception=error)
    line = json.loads(written.getvalue())
    assert line["exception"].startswith("IntegrityError: new row")
    assert "itches" not in str(line)


def test_lines_are_for_people_where_no_program_reads_them():
    record = logging.LogRecord("web", logging.ERROR, "", 0, "%s is gone", ("it",), None)
    assert "[error] it is gone [web]" in " ".join(formatter(is_json=False).format(record).split())
