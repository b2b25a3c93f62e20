"""The cards of the active model and of earlier models, for pages. Models are not loaded."""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from diagnosis.classification import active_model
from diagnosis.models.classification import model_folders
from ml.labels import Kind
from ml.serving import card_files
from ml.serving.card import Card, KindCard, ModelError


# A name always means the same model, and checking its files reads 20 MB.
@lru_cache(maxsize=2)
def _card_in(folder: Path, _digest: str) -> Card:
    return card_files.read(folder)


def answering_card() -> Card | None:
    """Return the card of the active model, or None if no model can be served now."""
    with suppress(ModelError):
        return _card_in(*active_model.answering())
    return None


def kinds_taught() -> frozenset[Kind]:
    """Return the kinds of photo for which the active model has validated figures."""
    found = answering_card()
    return frozenset(found.kinds if found else ())


def card_of(version: str) -> Card | None:
    """Return the card of an installed or earlier shipped model version, else None."""
    for folder in (active_model.model_dir(), model_folders.folder_of(version)):
        with suppress(ModelError):
            found = card_files.read(folder)
            if found.version == version:
                return found
    return card_files.of_lineage(version)


@lru_cache(maxsize=16)
def _tables(version: str) -> dict[Kind, KindCard]:
    """Return the card's values for each kind of photo, of an installed or earlier shipped model.

    A name always means the same model, so cards are read once per process. A missing card is looked
    up again.

    Raises:
        LookupError: the model is not installed any more.
    """
    found = card_of(version)
    if found is None:
        raise LookupError(version)
    return found.kinds


def table_of(version: str, kind: str) -> KindCard | None:
    """Return the card's values for a kind of photo, or None without card or kind."""
    with suppress(LookupError):
        return {str(name): one for name, one in _tables(version).items()}.get(kind)
    return None


def base_of(version: str, kind: str) -> int | None:
    """Return how many of 100 photos were cancer among those behind a model's frequencies."""
    found = table_of(version, kind)
    return round(100 * found.share) if found else None
