"""Runs commands of `python -m ml`, as docs/training.md describes."""

import re
from contextlib import redirect_stdout
from io import StringIO

from ml.__main__ import main

# The last line that a command prints if it writes a file.
WROTE = re.compile(r"(Wrote|written to|appended to) .*\.$")


def run(command, code=0, **options):
    """Run a command; check its exit code and last line. True means an option without a value."""
    words = [
        word
        for name, value in options.items()
        for word in (f"--{name.replace('_', '-')}", *([] if value is True else [str(value)]))
    ]
    with redirect_stdout(StringIO()) as output:
        assert main([command, *words]) == code, command
    last_line = output.getvalue().splitlines()[-1]
    assert command == "audit" or WROTE.search(last_line), f"{command} ends with {last_line}"
