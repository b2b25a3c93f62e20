"""Keeps LiteRT's greeting off standard error.

Once per process, LiteRT logs that it created its XNNPACK delegate. No setting prevents this: the
logger is not exported, and reads no environment variable.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

GREETING: Final = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
STANDARD_ERROR: Final = 2


@contextmanager
def unsaid() -> Iterator[None]:
    """Hold back standard error, and then write everything but the greeting.

    The descriptor is replaced, since C++ does not write to `sys.stderr`. If LiteRT crashes the
    process, its message is lost, but the signal still shows the crash.
    """
    shown, held = os.dup(STANDARD_ERROR), os.memfd_create("stderr")
    os.dup2(held, STANDARD_ERROR)
    try:
        yield
    finally:
        os.dup2(shown, STANDARD_ERROR)
        with os.fdopen(held, "rb") as said, os.fdopen(shown, "wb") as error:
            said.seek(0)
            error.write(said.read().replace(GREETING, b""))
