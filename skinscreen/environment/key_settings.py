"""Keys from the environment.

Outside production, a missing secret key or root key is created in the home folder.
"""

import base64
import secrets

from django.core.exceptions import ImproperlyConfigured

from skinscreen.environment import env

PHOTO_KEY_BYTES = 32
MIN_KEY_LENGTH, MIN_KEY_VARIETY = 50, 5
MIN_ROOT_LENGTH = 43  # 32 bytes in base64


def photo_keys(name: str) -> tuple[bytes, ...]:
    """Return the keys that encrypt stored files. No error quotes a key."""
    try:
        keys = tuple(map(base64.urlsafe_b64decode, env.names(name)))
    except ValueError:
        keys = (b"",)
    if any(len(key) != PHOTO_KEY_BYTES for key in keys):
        raise ImproperlyConfigured(
            f"{name} has something other than photo keys: set it to keys from "
            "manage.py make_photo_key, with commas between them."
        ) from None
    return keys


def secret_key(*, is_production: bool) -> str:
    """Return SKINSCREEN_SECRET_KEY. Outside production, a missing key is created."""
    key = env.text("SKINSCREEN_SECRET_KEY")
    if not key and not is_production:
        return env.stored_secret(env.home() / "secret_key", lambda: secrets.token_urlsafe(64))
    if len(key) < MIN_KEY_LENGTH or len(set(key)) < MIN_KEY_VARIETY:
        raise ImproperlyConfigured(
            f"SKINSCREEN_SECRET_KEY is missing, or not {MIN_KEY_LENGTH} random characters: "
            "make one with python -c 'import secrets; print(secrets.token_urlsafe(64))' and set it."
        )
    return key


def old_secret_keys() -> list[str]:
    """Return SKINSCREEN_SECRET_KEY_FALLBACKS: earlier keys, which still verify signatures."""
    fallbacks = env.names("SKINSCREEN_SECRET_KEY_FALLBACKS")
    if any(len(key) < MIN_KEY_LENGTH for key in fallbacks):
        raise ImproperlyConfigured(
            f"SKINSCREEN_SECRET_KEY_FALLBACKS has a key of less than {MIN_KEY_LENGTH} characters: "
            "set it to earlier values of SKINSCREEN_SECRET_KEY, with commas between them."
        )
    return fallbacks


def root_keys(*, is_production: bool) -> list[str]:
    """Return SKINSCREEN_ROOT_KEYS, the newest first, and the root key of the home folder, if any.

    Outside production, a missing root key is created in the home folder. If keys are configured
    later, that root key stays as the last, for the data that it has encrypted.
    """
    roots = env.names("SKINSCREEN_ROOT_KEYS")
    if not roots and not is_production:
        return [env.stored_secret(env.home() / "root_key", lambda: secrets.token_urlsafe(32))]
    if not roots or any(
        len(root) < MIN_ROOT_LENGTH or len(set(root)) < MIN_KEY_VARIETY for root in roots
    ):
        raise ImproperlyConfigured(
            f"SKINSCREEN_ROOT_KEYS is missing, or not {MIN_ROOT_LENGTH} random characters each: "
            "make one with python -c 'import secrets; print(secrets.token_urlsafe(32))' and set it."
        )
    path = env.home() / "root_key"
    home_root = [path.read_text().strip()] if path.is_file() else []
    return [*roots, *(root for root in home_root if root not in roots)]
