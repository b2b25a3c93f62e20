"""Reads the file `.env`, with values for variables that the environment does not set.

The launcher and `manage.py` read it. The processes that they start inherit its variables.
"""

import os
from collections.abc import MutableMapping
from io import StringIO
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from skinscreen.environment import env


def load(environment: MutableMapping[str, str] = os.environ) -> None:
    """Add the file's variables, unless the environment already has NAME or NAME_FILE.

    Raises:
        ImproperlyConfigured: The file cannot be read or understood.
    """
    setting = environment.get("SKINSCREEN_DOTENV")
    path = Path(env.BASE_DIR / ".env" if setting is None else setting)
    if setting == "" or (setting is None and not path.is_file()):
        return
    given = {name.removesuffix("_FILE") for name in environment}
    for name, value in _read(path).items():
        if name.removesuffix("_FILE") not in given:
            environment[name] = value


def _read(path: Path) -> dict[str, str]:
    from dotenv.parser import parse_stream

    try:
        lines = [*parse_stream(StringIO(path.read_text("utf-8")))]
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read: make it a text file that belongs to you, or set "
            "SKINSCREEN_DOTENV to another file."
        ) from error
    for line in lines:
        if line.error or (line.key and line.value is None):
            raise ImproperlyConfigured(
                f"{path}, line {line.original.line}, cannot be parsed: write NAME=value, "
                "with quotes around a value that contains # or spaces."
            )
    return {line.key: line.value for line in lines if line.key and line.value is not None}
