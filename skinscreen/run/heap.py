"""glibc's heap. Python's small objects are not in it, but everything larger is.

Other C libraries lack these functions, and do not need them.
"""

import ctypes
from contextlib import suppress

M_MMAP_THRESHOLD = -3  # malloc.h


def return_freed_photos() -> None:
    """Have the memory of a freed photo returned to the system at once."""
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 128 * 1024)


def trim() -> None:
    """Return all freed memory to the system."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
