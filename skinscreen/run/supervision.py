"""Run supervisord until it ends, and end it when we are told to, or the terminal closes.

A program of its own, by its file: what only waits needs nothing that `skinscreen.launch` loaded.
"""

import signal
import subprocess
import sys
from contextlib import suppress

CONFIG = "supervisord.conf"
# A process that does not outlive the one that started it.
TETHERED = (sys.executable, "-m", "skinscreen.run.die_with_parent")


def supervisord(run: str) -> list[str]:
    """Return the command that reads the configuration in a folder."""
    words = (sys.executable, "-m", "supervisor.supervisord", "-c", f"{run}/{CONFIG}")
    return [*TETHERED, "SIGTERM", *words]


def main(held: int, command: list[str]) -> int:
    """Run supervisord in a session of its own, with its output piped to us.

    A closed terminal would make it start again, and its children's output needs a pipe or a file.
    It keeps the lock on the home folder for as long as it lives.
    """
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, start_new_session=True, pass_fds=[held]
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: running.terminate())
    assert running.stdout
    for line in running.stdout:
        with suppress(OSError):  # nobody may be there any more to read it
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
    return running.wait()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), supervisord(sys.argv[2])))
