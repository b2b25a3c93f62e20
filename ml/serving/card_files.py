"""Reads the card of a model folder, and checks the files that the card names."""

import json
from hashlib import file_digest
from pathlib import Path
from typing import Any

from ml.labels import Diagnosis, Kind
from ml.paths import LINEAGE
from ml.serving import card_json
from ml.serving.card import LITERT, NAME, Card, ModelError

# The file beside the card with figures that were measured after the card was written.
FINDINGS = "findings.json"
# The only fields of a `KindCard` that findings may set. The card's file never changes, since a site
# identifies a model by the file's SHA-256.
FOUND_LATER = ("named", "flagged", "weak_ages")


def read(folder: Path) -> Card:
    """Return the card of a model folder after checking every file that it names.

    For an early card, which has no kinds of photo, `kinds` is empty.

    Raises:
        ModelError: the card or a file is missing or damaged, or the card's diagnoses lack
            melanoma or are unknown to this program.
    """
    path = folder / NAME
    if not path.is_file():
        raise ModelError(f"No model in {folder}: there is no {NAME}; restore the folder.")
    try:
        raw = _completed(json.loads(path.read_text()), folder / FINDINGS)
        names = set(raw["diagnoses"])
        parsed = card_json.parse(raw) if names <= {*Diagnosis} and Diagnosis.MEL in names else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} or {FINDINGS} cannot be read ({error!r}): restore the folder, or export the "
            "model again with `python -m ml export`."
        ) from error
    if parsed is None:
        raise ModelError(f"{path} names unknown diagnoses, or no melanoma: export the model again.")
    check_files(folder, parsed.files)
    return parsed


def _completed(raw: dict[str, Any], findings: Path) -> dict[str, Any]:
    """Return a card with the findings added.

    Findings about a kind of photo that is not in the card's `kinds` are left out.
    """
    for kind, fields in (json.loads(findings.read_text()) if findings.is_file() else {}).items():
        later = {name: fields[name] for name in FOUND_LATER if name in fields}
        raw["kinds"].get(Kind(kind), {}).update(later)
    return raw


def of_lineage(version: str) -> Card | None:
    """Return the card of a model that an earlier release shipped, or None if there is none.

    Its files are not checked, since most are no longer in the repository.
    """
    path = {file.stem: file for file in LINEAGE.glob("lite*.json")}.get(version)
    return card_json.parse(json.loads(path.read_text())) if path else None


def read_served(folder: Path) -> Card:
    """Return the card of a model folder that workers can serve.

    Raises:
        ModelError: as `read`, or the folder has no LiteRT file or no tiers.
    """
    card = read(folder)
    if LITERT not in card.files:
        raise ModelError(f"{folder / NAME} names no {LITERT}: export the model again.")
    if not card.kinds:
        raise ModelError(
            f"{folder / NAME} has no tiers for any kind of photo: write a card that has them with "
            f"`python -m ml refit --from {folder} --to FOLDER`."
        )
    return card


def check_files(folder: Path, files: dict[str, str]) -> None:
    """Check the files of a model folder against their SHA-256.

    Raises:
        ModelError: a file is missing or damaged.
    """
    for path, expected in ((folder / name, digest) for name, digest in files.items()):
        if not path.is_file():
            raise ModelError(f"{path} is missing: restore the folder.")
        if _digest(path) != expected:
            raise ModelError(f"{path} is damaged (its SHA-256 is not the card's): restore it.")


def _digest(path: Path) -> str:
    """Return a file's SHA-256.

    The file is read in pieces: after reading it at once, the process would keep that memory.
    """
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
