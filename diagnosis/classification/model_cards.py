"""The cards of the active model and of earlier models, for pages. Models are not loaded."""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from diagnosis.classification import active_model
from diagnosis.models.classification import model_folders
from ml.labels import Kind
from ml.serving import card_files
from ml.serving.card import Card, KindCard, ModelError


# Cached, since checking a model's files reads 20 MB. A folder's name always means the same model.
@lru_cache(maxsize=2)
def _card_in(folder: Path, _digest: str) -> Card:
    return card_files.read(folder)


def active_card() -> Card | None:
    """Return the card of the active model, or None if no model can be served now."""
    with suppress(ModelError):
        return _card_in(*active_model.active_folder())
    return None


def kinds_taught() -> frozenset[Kind]:
    """Return the kinds of photo for which the active model has validated figures."""
    card = active_card()
    return frozenset(card.kinds if card else ())


def card_of(version: str) -> Card | None:
    """Return the card of a version that is installed or was shipped earlier. None if neither."""
    for folder in (active_model.model_dir(), model_folders.folder_of(version)):
        with suppress(ModelError):
            card = card_files.read(folder)
            if card.version == version:
                return card
    return card_files.of_lineage(version)


@lru_cache(maxsize=16)
def _tables(version: str) -> dict[Kind, KindCard]:
    """Return a version's `KindCard` for each kind of photo.

    A name always means the same model, so a card is read once per process. The error is not cached.

    Raises:
        LookupError: there is no card of this version.
    """
    card = card_of(version)
    if card is None:
        raise LookupError(version)
    return card.kinds


def table_of(version: str, kind: str) -> KindCard | None:
    """Return a version's `KindCard` for a kind of photo, or None if there is none."""
    with suppress(LookupError):
        return {str(name): kind_card for name, kind_card in _tables(version).items()}.get(kind)
    return None


def base_of(version: str, kind: str) -> int | None:
    """Return the base rate behind a model's frequencies: the cancers in 100 `valid` photos."""
    kind_card = table_of(version, kind)
    return round(100 * kind_card.share) if kind_card else None
