"""`make run`: prepares the home folder, and has supervisord run all programs.

An operator's mistake that prevents the start is reported on standard error, without a traceback.
"""

import errno
import fcntl
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db.utils import OperationalError

from skinscreen.backends import photo_store
from skinscreen.environment import env, env_file
from skinscreen.run import embedded_broker, programs, scratch, supervision


class LaunchError(Exception):
    """SkinScreen cannot start. The text says what to do."""


def main() -> None:
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinscreen.settings")
    try:
        env_file.load()
        run = env.home() / "run"
        run.mkdir(exist_ok=True)
        # SQLite's temporary files contain data from the database, so they belong in the home
        # folder, which is closed to others. SQLite must be loaded after this.
        os.environ.setdefault("SQLITE_TMPDIR", str(run))
        held = lock(run / "lock")
        if not env.text("REDIS_URL"):
            embedded_broker.choose_folder()
        django.setup()
        check_port(settings.BIND, settings.PORT)
        prepare()
        programs.write_config(run)
    except (LaunchError, ImproperlyConfigured) as error:
        sys.exit(f"SkinScreen cannot start. {error}")
    except OSError as error:
        sys.exit(f"SkinScreen cannot start. Make {env.home()} writable: {error}.")
    supervise(run, held)


def supervise(run: Path, held: int) -> NoReturn:
    """Replace this process by the supervising program. That frees the memory of Django."""
    os.set_inheritable(held, True)  # noqa: FBT003 - as os defines it
    os.execv(sys.executable, [sys.executable, "-P", supervision.__file__, str(held), str(run)])


def lock(path: Path) -> int:
    """Lock the home folder for as long as the returned descriptor is open."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LaunchError(
            f"SkinScreen already runs in {env.home()}: stop it, or set SKINSCREEN_HOME to another "
            "folder."
        ) from error
    return descriptor


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
            f"Port {port} is in use: stop the program that uses it, or set SKINSCREEN_PORT to "
            "another port."
        )


def prepare() -> None:
    """Check model and photo store, and bring the database and the static files up to date."""
    check_model()
    photo_store.check()
    scratch.clear()
    print("Preparing the database and the static files ...", flush=True)
    prepare_database()
    call_command("collectstatic", verbosity=0, interactive=False)
    warn_of_missing_key()


def check_model() -> None:
    from diagnosis.classification.active_model import model_dir
    from ml.serving.card import ModelError
    from ml.serving.classifier import Classifier

    try:
        Classifier.load(model_dir())
    except ModelError as error:
        raise LaunchError(str(error)) from error


def prepare_database() -> None:
    from accounts.privacy import vacuum

    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise LaunchError(f"The database does not answer, check DATABASE_URL: {reason}") from error
    if obstacle := vacuum.erase_deleted_rows():
        # This does not prevent the start, and the next start tries again.
        print(
            "The database file still contains rows that an earlier release deleted. Before the "
            f"next start, {obstacle}. That start will then erase them.",
            flush=True,
        )


def warn_of_missing_key() -> None:
    from diagnosis.photos import key_rotation
    from diagnosis.photos.encryption import PhotoKeyError

    try:
        key_rotation.check_key()
    except PhotoKeyError as error:
        # This does not prevent the start, since a key may be lost for good.
        print(f"Stored photos cannot be shown. {error}", flush=True)


if __name__ == "__main__":
    main()
