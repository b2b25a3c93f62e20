"""Replaces this process by another program, which gets a signal when its parent process ends.

A killed supervisord cannot stop its children. They would go on running, and after the next start
two brokers would share a folder.
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
