"""Reads settings from the environment. An error says what is wrong and how to fix it."""

import os
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from skinscreen import keepalive

BASE_DIR = Path(__file__).resolve().parents[2]
HOME_MARK = ".skinscreen"
# Files that identify a home folder of an early release, which has no mark.
BEFORE_THE_MARK = (
    "secret_key",
    "skinscreen.sqlite3",
    "run/lock",
    "static/staticfiles.json",
    "beat-schedule",
)
# Files that commands, mounts and file systems may create in the home folder before the first start.
BEFORE_THE_START = {"models", "photos", "ml", "corpus", "audit.txt", "sbom.json", "lost+found"}
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
MIN_TOKEN_LENGTH = 32


def text(name: str, default: str = "") -> str:
    """Read a variable, or the file that NAME_FILE names, as in Docker and Kubernetes."""
    value, path = (os.environ.get(key, "").strip() for key in (name, f"{name}_FILE"))
    if not path:
        return value or default
    if value:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: set only one of them.")
    try:
        return Path(path).read_text().strip() or default
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{name}_FILE is {path!r}, which cannot be read: set it to a file that contains {name}."
        ) from error


def needed(name: str, *, beside: str) -> str:
    if value := text(name):
        return value
    raise ImproperlyConfigured(f"{name} is missing, but {beside} needs it: set {name}.")


def flag(name: str, *, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to 1 or 0.")
    return value in TRUE


def integer(name: str, default: int, *, least: int, most: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ImproperlyConfigured(
            f"{name} is {value!r}: set it to a whole number from {least} to {most}."
        )
    return int(value)


def trusted_proxies() -> int:
    return integer("SKINSCREEN_TRUSTED_PROXIES", 0, least=0, most=10)


def choice(name: str, choices: tuple[str, ...]) -> str:
    """Read a variable with a fixed set of values. The first is the default."""
    value = text(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to {' or '.join(choices)}.")
    return value


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ImproperlyConfigured(
            f"{name} is {value!r}: set it to a name such as Europe/Vienna."
        ) from error
    return value


def database(name: str, default: Path) -> dict[str, Any]:
    """Read a database URL. No error quotes the URL, since it may contain a password."""
    kept_open = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    if not text(name):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": default, **kept_open}
    try:
        options: dict[str, Any] = {**dj_database_url.parse(text(name)), **kept_open}
    except ValueError:
        options = {}
    if not options.get("ENGINE", "").endswith(("postgresql", "sqlite3")):
        raise ImproperlyConfigured(
            f"{name} names no database that SkinScreen can use: "
            "set it to postgres://user:password@host/name."
        ) from None
    if options["ENGINE"].endswith("postgresql"):
        options["ENGINE"] = "skinscreen.postgresql"
        options["OPTIONS"] = {**keepalive.POSTGRES, **options.get("OPTIONS", {})}
    return options


def redis_url(name: str, *, is_production: bool = False) -> str:
    """Read a broker URL. In production, a broker that other machines can reach needs a password.

    Without a password, anybody who can reach the broker could queue tasks.
    """
    value = text(name)
    if value and not value.startswith(("redis://", "rediss://")):
        raise ImproperlyConfigured(
            f"{name} names no Redis server: set it to redis://:password@host:6379/0."
        )
    address = urlsplit(value)
    if is_production and value and not (address.password or is_loopback(address.hostname or "")):
        raise ImproperlyConfigured(
            f"{name} has no password, although other machines can reach that server: "
            "set it to redis://:password@host:6379/0."
        )
    return value


def is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def web_address(name: str, fix: str) -> str:
    """Read a server's address. An error message ends with `fix`, the value to set."""
    value = text(name)
    address = urlsplit(value)
    if value and (address.scheme not in {"http", "https"} or not address.hostname):
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to {fix}.")
    return value


def certificates(name: str, *, beside: str) -> bytes:
    """Read certificates in PEM."""
    # Imported here, so that Celery beat loads this only if certificates are set.
    from cryptography.x509 import load_pem_x509_certificates

    pem = needed(name, beside=beside).encode()
    try:
        load_pem_x509_certificates(pem)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} contains no certificate: set {name}_FILE to the authority's root certificate, "
            "in PEM."
        ) from error
    return pem


def names(name: str) -> list[str]:
    """Read a comma-separated list."""
    return [item.strip() for item in text(name).split(",") if item.strip()]


def home() -> Path:
    """Return the home folder, which holds all state. The first use creates it, closed to others."""
    folder = Path(text("SKINSCREEN_HOME", str(BASE_DIR / "var"))).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _claim(folder)
    except OSError as error:
        raise ImproperlyConfigured(
            f"SKINSCREEN_HOME is {folder}, which cannot be used ({error.strerror}): "
            "set it to a folder that belongs to you."
        ) from error
    return folder


def _claim(folder: Path) -> None:
    """Mark a folder as ours, and close it to others. Refuse folders in use, such as /tmp."""
    mark = folder / HOME_MARK
    if not _is_ours(folder):
        raise ImproperlyConfigured(
            f"SKINSCREEN_HOME is {folder}, which contains other files and would be closed to other "
            "users: set it to an empty or a new folder."
        )
    folder.chmod(0o700)
    if not mark.exists():
        mark.touch(mode=0o600)


def _is_ours(folder: Path) -> bool:
    """Return whether a folder has our mark or files of an early release, or is unused."""
    # A file counts only if we or the folder's owner own it: anybody can put a mark into /tmp.
    owners = {os.getuid(), folder.stat().st_uid}
    for name in (HOME_MARK, *BEFORE_THE_MARK):
        with suppress(FileNotFoundError, NotADirectoryError):
            if (folder / name).lstat().st_uid in owners:
                return True
    return all(path.name in BEFORE_THE_START for path in folder.iterdir())


def stored_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in a file. The first use creates the file, readable only by its owner."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = make()
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        with draft.open("w") as file:
            file.write(secret)
            os.fsync(file.fileno())
        try:
            # If two processes start at the same time, both use the secret that was linked first.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
