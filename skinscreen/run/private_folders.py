"""Private folders with random names, mostly outside the home folder.

If a name were predictable, another user could create the folder first, and read its content.
"""

import os
import stat
from pathlib import Path
from tempfile import mkdtemp

from skinscreen.environment import env


def folder(purpose: str, parent: Path) -> Path:
    """Return the folder for a purpose, and create it if necessary.

    A file in the home folder stores the path of the private folder.
    """
    note = _note(purpose)
    if note.exists() and _is_ours(existing := Path(note.read_text())):
        return existing
    note.parent.mkdir(exist_ok=True, mode=0o700)
    created = mkdtemp(prefix="skinscreen-", dir=parent)
    note.write_text(created)
    return Path(created)


def is_chosen(purpose: str) -> bool:
    return _note(purpose).exists()


def forget(purpose: str) -> None:
    """Delete the note about a purpose's folder. `folder` then creates a new folder."""
    _note(purpose).unlink(missing_ok=True)


def _note(purpose: str) -> Path:
    return env.home() / "run" / f"{purpose}-folder"


def _is_ours(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    is_closed = not stat.S_IMODE(status.st_mode) & 0o077
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and is_closed
