"""Keeps freed memory that training soon needs again."""

import ctypes

# From glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4
NEVER = 2**31 - 1
SPARE = 2**29  # bytes that are kept even if tf.data lowers the threshold, as it does by itself


def keep_freed() -> None:
    """Make this process keep the memory that it frees.

    By default, glibc returns each freed tensor to the system. The next step then has the memory
    cleared and mapped again, page by page, which takes about half of a training step on a virtual
    machine. With other C libraries this function does nothing.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option:
        set_option(M_MMAP_MAX, 0)
        set_option(M_TRIM_THRESHOLD, NEVER)
        set_option(M_TOP_PAD, SPARE)
