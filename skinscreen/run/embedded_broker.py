"""The address of the embedded broker: a Unix socket that only this user can reach.

With a TCP port, any local user could listen on it while the broker is down, and receive the
password.
"""

import os
import secrets
import socket as sockets
from pathlib import Path
from tempfile import gettempdir
from typing import Final
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from skinscreen.environment import env
from skinscreen.run import private_folders

# The longest path of a socket, in bytes (unix(7)).
LONGEST: Final = 107
PURPOSE: Final = "broker"


def password() -> str:
    return env.stored_secret(
        env.home() / "run" / "broker-password", lambda: secrets.token_urlsafe(32)
    )


def choose_folder() -> None:
    """Choose the socket's folder: in the home folder if it can hold a socket, else elsewhere."""
    run = _in_home().parent
    if _fits(_in_home()) and takes_sockets(run):
        private_folders.forget(PURPOSE)
        return
    elsewhere = private_folders.folder(PURPOSE, Path(gettempdir()))
    if not takes_sockets(elsewhere):
        raise ImproperlyConfigured(
            f"No Unix socket can be created in {run} or {elsewhere}: set TMPDIR to a folder on a "
            "local disk, or REDIS_URL to a Redis server."
        )
    print(f"The broker listens in {elsewhere}, since {run} cannot hold its socket.", flush=True)


def takes_sockets(folder: Path) -> bool:
    """Return whether a folder can hold a Unix socket. On some network file systems it cannot."""
    path = folder / "probe"
    try:
        path.unlink(missing_ok=True)
        with sockets.socket(sockets.AF_UNIX) as probe:
            probe.bind(str(path))
        path.unlink()
    except OSError:
        return False
    return True


def socket() -> Path:
    path = _in_home()
    if _fits(path) and not private_folders.is_chosen(PURPOSE):
        return path
    return private_folders.folder(PURPOSE, Path(gettempdir())) / path.name


def _in_home() -> Path:
    return env.home() / "run" / "broker.sock"


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= LONGEST


def url() -> str:
    return f"redis+socket://:{password()}@{quote(str(socket()))}"
