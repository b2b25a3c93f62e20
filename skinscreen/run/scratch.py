"""Temporary folders. The next start deletes what a killed process left in them."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings


@contextmanager
def folder(purpose: str) -> Iterator[Path]:
    with (
        _held(fcntl.LOCK_SH) as root,
        TemporaryDirectory(dir=root, prefix=f"{purpose}-") as name,
    ):
        yield Path(name)


def clear() -> None:
    """Remove what killed processes left, unless another process is using it."""
    with suppress(BlockingIOError), _held(fcntl.LOCK_EX | fcntl.LOCK_NB) as root:
        for left in root.iterdir():
            shutil.rmtree(left)


@contextmanager
def _held(how: int) -> Iterator[Path]:
    """Lock the folder that contains them. A killed process releases its lock."""
    root: Path = settings.HOME / "scratch"
    root.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
        yield root
    finally:
        os.close(descriptor)
