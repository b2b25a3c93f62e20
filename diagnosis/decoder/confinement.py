"""Confines a process to its memory: no files, no network, no other processes.

Confinement needs no privileges and cannot be undone. Every module must be imported beforehand.
"""

import logging
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from diagnosis.decoder import landlock, seccomp

logger = logging.getLogger("diagnosis.confinement")

_LAYERS = {"Landlock": landlock, "seccomp": seccomp}
ROOT: Final = Path(__file__).parents[2]
TRY: Final = (sys.executable, "-m", "diagnosis.decoder.confinement")


def lacking() -> list[str]:
    """Return the mechanisms that this machine's kernel lacks."""
    if sys.platform != "linux":
        return list(_LAYERS)
    return [name for name, layer in _LAYERS.items() if not layer.is_available()]


def confine() -> list[str]:
    """Confine this process as far as possible.

    Return the mechanisms that the kernel offers but refuses to apply.
    """
    missing = lacking()
    return [
        name
        for name, layer in _LAYERS.items()
        if name not in missing and not _is_confined_by(layer)
    ]


def _is_confined_by(layer: ModuleType) -> bool:
    try:
        layer.confine()
    except OSError:
        return False
    return True


def refused() -> list[str]:
    """Try the confinement in a child process. Return the mechanisms that the kernel refuses."""
    import subprocess

    tried = subprocess.run(TRY, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return tried.stdout.split()


def warn() -> None:
    """Warn if confinement is incomplete, and say what is then less protected."""
    for names, why in ((lacking(), "lacks"), (refused(), "refuses")):
        if names:
            logger.warning(
                "photos are decoded without %s, which this kernel %s: files and connections are "
                "less protected from a photo that attacks the decoder",
                " and ".join(names),
                why,
            )


if __name__ == "__main__":
    os.write(1, " ".join(confine()).encode())
    os._exit(0)
