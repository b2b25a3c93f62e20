"""Read settings from the environment; a mistake there is one sentence with the fix."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
MIN_KEY_LENGTH = 50


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to 1 or 0.")
    return value in TRUE


def integer(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a whole number.")
    return int(value)


def names(name: str) -> list[str]:
    """Read a comma-separated list."""
    return [item.strip() for item in text(name).split(",") if item.strip()]


def home() -> Path:
    """Return the folder that holds all state: database, photos, broker, mail, logs."""
    return Path(text("SKINSCREEN_HOME", str(BASE_DIR / "var"))).expanduser().resolve()


def kept(path: Path, make: Callable[[], str]) -> str:
    """Return the secret kept in `path`, made on first use and readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            # Two processes that start at once agree on the first one's secret.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def secret_key(*, is_production: bool) -> str:
    """Return SKINSCREEN_SECRET_KEY; outside production a random one that the home folder keeps."""
    key = text("SKINSCREEN_SECRET_KEY")
    if not key and not is_production:
        return kept(home() / "secret_key", lambda: secrets.token_urlsafe(64))
    if len(key) < MIN_KEY_LENGTH:
        raise ImproperlyConfigured(
            f"SKINSCREEN_SECRET_KEY is missing or shorter than {MIN_KEY_LENGTH} characters: "
            "make one with python -c 'import secrets; print(secrets.token_urlsafe(64))' and set it."
        )
    return key


def broker_password() -> str:
    return kept(home() / "run" / "broker-password", lambda: secrets.token_urlsafe(32))


def broker_url() -> str:
    """Return the address of the embedded broker; `launch` writes its port when it starts."""
    port = home() / "run" / "broker-port"
    number = port.read_text().strip() if port.exists() else "6379"
    return f"redis://:{broker_password()}@127.0.0.1:{number}/0"
