"""Runs supervisord, and ends it on a signal or when the terminal closes.

This module is a program of its own, so that a process which only waits does not keep the memory of
`skinscreen.launch`.
"""

import signal
import subprocess
import sys
from contextlib import suppress

CONFIG = "supervisord.conf"
# The beginning of a command whose process must not outlive its parent.
DIE_WITH_PARENT = (sys.executable, "-m", "skinscreen.run.die_with_parent")


def supervisord(run: str) -> list[str]:
    """Return the command for a configuration in a folder."""
    words = (sys.executable, "-m", "supervisor.supervisord", "-c", f"{run}/{CONFIG}")
    return [*DIE_WITH_PARENT, "SIGTERM", *words]


def main(held: int, command: list[str]) -> int:
    """Run supervisord in a session of its own, with its output piped to this process.

    Otherwise supervisord would restart when the terminal closes. Its children need a pipe or a file
    for their output. `held` is the descriptor that locks the home folder while it is open.
    """
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, start_new_session=True, pass_fds=[held]
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: running.terminate())
    assert running.stdout
    for line in running.stdout:
        with suppress(OSError):  # the reader of the output may be gone
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
    return running.wait()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), supervisord(sys.argv[2])))
