"""Becomes another program, which gets the named signal when its parent process is gone.

supervisord cannot stop its children when it is killed itself: they would keep running, and
two brokers would share one folder after the next start.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(ended_by: str, *command: str) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.Signals[ended_by])
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
