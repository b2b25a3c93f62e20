"""Private folders outside the home folder, with random names.

With a predictable name, somebody else could create the folder first, and read its content.
"""

import os
import stat
from pathlib import Path
from tempfile import mkdtemp

from skinscreen.environment import env


def folder(purpose: str, parent: Path) -> Path:
    """Return the folder for a purpose. The home folder stores its name while it exists."""
    note = _note(purpose)
    if note.exists() and _is_ours(kept := Path(note.read_text())):
        return kept
    note.parent.mkdir(exist_ok=True, mode=0o700)
    made = mkdtemp(prefix="skinscreen-", dir=parent)
    note.write_text(made)
    return Path(made)


def is_chosen(purpose: str) -> bool:
    return _note(purpose).exists()


def forget(purpose: str) -> None:
    """Forget the folder for a purpose, so that the purpose uses the home folder again."""
    _note(purpose).unlink(missing_ok=True)


def _note(purpose: str) -> Path:
    return env.home() / "run" / f"{purpose}-folder"


def _is_ours(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    is_closed = not stat.S_IMODE(found.st_mode) & 0o077
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and is_closed
