"""Confine a process to what it has in memory: no files, no network, no other processes.

Needs no privileges and cannot be undone. What is to be imported has to be imported before.
"""

import logging
import sys

from diagnosis import landlock, seccomp

logger = logging.getLogger(__name__)

_LAYERS = {"Landlock": landlock, "seccomp": seccomp}


def lacking() -> list[str]:
    """Name what this machine's kernel does not offer."""
    if sys.platform != "linux":
        return list(_LAYERS)
    return [name for name, layer in _LAYERS.items() if not layer.is_available()]


def confine() -> None:
    """Take from this process all that the kernel can take.

    Raises:
        OSError: the kernel refused what it offers.
    """
    missing = lacking()
    for name, layer in _LAYERS.items():
        if name not in missing:
            layer.confine()


def warn() -> None:
    """Say in the log what a photo that executes code could do here, and could not elsewhere."""
    if missing := lacking():
        logger.warning(
            "photos are decoded without %s, which this kernel lacks: a photo that attacks the "
            "decoder could read files and open connections",
            " and ".join(missing),
        )
