"""Temporary folders in the home folder. The next start deletes folders of killed processes."""

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
        _locked(fcntl.LOCK_SH) as root,
        TemporaryDirectory(dir=root, prefix=f"{purpose}-") as name,
    ):
        yield Path(name)


def clear() -> None:
    """Delete the folders of killed processes, unless a process is using any of the folders."""
    with suppress(BlockingIOError), _locked(fcntl.LOCK_EX | fcntl.LOCK_NB) as root:
        for leftover in root.iterdir():
            shutil.rmtree(leftover)


@contextmanager
def _locked(operation: int) -> Iterator[Path]:
    """Lock the folder of temporary folders. The system releases a killed process's lock."""
    root: Path = settings.HOME / "scratch"
    root.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, operation)
        yield root
    finally:
        os.close(descriptor)
