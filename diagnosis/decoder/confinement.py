"""Confine a process to what it has in memory: no files, no network, no other processes.

Needs no privileges and cannot be undone. What is to be imported has to be imported before.
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
    """Name what this machine's kernel does not offer."""
    if sys.platform != "linux":
        return list(_LAYERS)
    return [name for name, layer in _LAYERS.items() if not layer.is_available()]


def confine() -> list[str]:
    """Take from this process all that the kernel takes, and name what it offers and refuses."""
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
    """Name what the kernel offers and refuses, as a process that tries it tells."""
    import subprocess

    tried = subprocess.run(TRY, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return tried.stdout.split()


def warn() -> None:
    """Say in the log what a photo that executes code could do here, and could not elsewhere."""
    for names, why in ((lacking(), "lacks"), (refused(), "refuses")):
        if names:
            logger.warning(
                "photos are decoded without %s, which this kernel %s: a photo that attacks the "
                "decoder could read files and open connections",
                " and ".join(names),
                why,
            )


if __name__ == "__main__":
    os.write(1, " ".join(confine()).encode())
    os._exit(0)
