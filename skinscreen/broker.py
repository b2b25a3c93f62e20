"""Where the embedded broker listens: on a socket that this account alone reaches.

A port could be taken by any local account while the broker is down, and the password with it.
"""

import os
import secrets
from pathlib import Path
from tempfile import gettempdir
from typing import Final
from urllib.parse import quote

from skinscreen import env, private

# The kernel takes no longer path of a socket (unix(7)).
LONGEST: Final = 107


def password() -> str:
    return env.kept(env.home() / "run" / "broker-password", lambda: secrets.token_urlsafe(32))


def socket() -> Path:
    path = env.home() / "run" / "broker.sock"
    if len(os.fsencode(path)) <= LONGEST:
        return path
    return private.folder("broker", Path(gettempdir())) / path.name


def url() -> str:
    return f"redis+socket://:{password()}@{quote(str(socket()))}"
