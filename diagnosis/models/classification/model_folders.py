"""Model folders on disk: those shipped with SkinScreen, and those in the home folder."""

import re
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from ml.paths import ARTEFACTS
from ml.serving import card
from ml.serving.card import Card, ModelError

Fingerprint = tuple[tuple[str, int, int], ...]
# A folder has the name of its version, as the export creates it.
VERSION = re.compile(r"[\w.-]{1,64}")


def folders() -> dict[str, Path]:
    """Return the model folders by version. A folder shipped with SkinScreen is never overridden."""
    found = [*_folders_in(Path(settings.MODELS_ROOT)), *_folders_in(ARTEFACTS)]
    return {folder.name: folder for folder in found}


def _folders_in(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    inside = [one for one in root.iterdir() if one.is_dir()]
    return [one for one in inside if VERSION.fullmatch(one.name) and one.name[0] != "."]


def folder_of(version: str) -> Path:
    """Return a version's folder. It need not exist."""
    return folders().get(version, Path(settings.MODELS_ROOT) / version)


def fingerprint(folder: Path) -> Fingerprint:
    """Return a value that changes with any file of a folder, without reading the files."""
    try:
        found = [(one.name, one.stat()) for one in folder.iterdir()]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in found))


def digest_of(folder: Path) -> str:
    """Return the card's SHA-256. It identifies the model, since the card has all checksums."""
    return sha256((folder / card.NAME).read_bytes()).hexdigest()


def read(folder: Path, digest: str = "") -> Card:
    """Return the card of a model folder that has passed every check.

    Raises:
        ModelError: it cannot be served, or another model has run under its name.
    """
    try:
        found = card.read_served(folder)
        is_another = digest and digest != digest_of(folder)
    except OSError as error:
        raise ModelError(f"{folder} cannot be read: {error.strerror}.") from error
    if is_another:
        raise ModelError(
            f"{folder} is not the model that ran under this name before: restore that one, and "
            "give the new one another name."
        )
    return found
