"""Keeps memory that training frees and soon needs again."""

import ctypes

# From glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4
NEVER = 2**31 - 1
SPARE = 2**29  # bytes that stay however low tf.data sets the threshold, as it does by itself


def keep_freed() -> None:
    """Make this process keep the memory that it frees.

    glibc gives each freed tensor back to the system, and the next step has it cleared and mapped
    anew, page by page: about half of the time of a training step on a virtual machine. Where the C
    library is another one, nothing happens.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option:
        set_option(M_MMAP_MAX, 0)
        set_option(M_TRIM_THRESHOLD, NEVER)
        set_option(M_TOP_PAD, SPARE)
