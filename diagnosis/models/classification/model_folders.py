"""Model folders on disk: those shipped with SkinScreen, and those in the home folder."""

import re
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from ml.paths import ARTEFACTS
from ml.serving import card, card_files
from ml.serving.card import Card, ModelError

Fingerprint = tuple[tuple[str, int, int], ...]
# The export names a folder after its version.
VERSION = re.compile(r"[\w.-]{1,64}")


def folders() -> dict[str, Path]:
    """Return the model folders by version. A folder shipped with SkinScreen is never overridden."""
    paths = [*_folders_in(Path(settings.MODELS_ROOT)), *_folders_in(ARTEFACTS)]
    return {folder.name: folder for folder in paths}


def _folders_in(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    directories = [path for path in root.iterdir() if path.is_dir()]
    return [path for path in directories if VERSION.fullmatch(path.name) and path.name[0] != "."]


def folder_of(version: str) -> Path:
    """Return a version's folder. It need not exist."""
    return folders().get(version, Path(settings.MODELS_ROOT) / version)


def fingerprint(folder: Path) -> Fingerprint:
    """Return a value that changes with any file of a folder, without reading the files."""
    try:
        stats = [(file.name, file.stat()) for file in folder.iterdir()]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats))


def digest_of(folder: Path) -> str:
    """Return the card's SHA-256. It identifies the model: the card has each file's checksum."""
    return sha256((folder / card.NAME).read_bytes()).hexdigest()


def read(folder: Path, digest: str = "") -> Card:
    """Check a model folder, and return its card.

    Raises:
        ModelError: the model cannot be served, or is not the one whose `digest` is given (the model
            that ran under this name before).
    """
    try:
        served = card_files.read_served(folder)
        is_another = digest and digest != digest_of(folder)
    except OSError as error:
        raise ModelError(f"{folder} cannot be read: {error.strerror}.") from error
    if is_another:
        raise ModelError(
            f"{folder} is not the model that ran under this name before: restore the former model, "
            "and give the new model another name."
        )
    return served
