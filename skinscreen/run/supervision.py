"""Runs supervisord until it ends, and ends it on a signal, or when the terminal closes.

It is started as a program of its own: a process that only waits should not keep what
`skinscreen.launch` loaded.
"""

import signal
import subprocess
import sys
from contextlib import suppress

CONFIG = "supervisord.conf"
# Starts a process that does not outlive its parent.
TETHERED = (sys.executable, "-m", "skinscreen.run.die_with_parent")


def supervisord(run: str) -> list[str]:
    """Return the command for a configuration in a folder."""
    words = (sys.executable, "-m", "supervisor.supervisord", "-c", f"{run}/{CONFIG}")
    return [*TETHERED, "SIGTERM", *words]


def main(held: int, command: list[str]) -> int:
    """Run supervisord in its own session, with its output piped to this process.

    A closed terminal would make it restart, and its children's output needs a pipe or a file. This
    process keeps the lock on the home folder for as long as it lives.
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
