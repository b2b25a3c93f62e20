"""Runs the classifier: from a claimed screening to its outcome.

Nothing else calls the classifier.
"""

import logging
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from structlog.contextvars import bind_contextvars, unbind_contextvars

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, ModelVersion, Notice, Prediction, Screening
from diagnosis.models.choices import FailureReason
from diagnosis.models.classification import model_folders
from diagnosis.photos import renditions
from diagnosis.photos.outages import OutageError
from diagnosis.rules import review_policy
from ml.labels import Kind, Tier
from ml.paths import DEFAULT_MODEL, LINEAGE
from ml.preprocessing.images import ImageError, ImageFault
from ml.serving import card
from ml.serving.card import Card, KindCard, ModelError

if TYPE_CHECKING:
    from ml.serving.classifier import Classification, Classifier

logger = logging.getLogger("diagnosis.inference")

# The stated kind of photo, as the classifier expects it.
STATED: Final[dict[str, Kind | None]] = {
    Screening.Capture.DERMATOSCOPE: Kind.DERMOSCOPIC,
    Screening.Capture.CAMERA: Kind.CAMERA,
    Screening.Capture.UNKNOWN: None,
}


class LeaseLostError(Exception):
    """Another attempt has taken the screening over, so this one must write nothing."""


def model_dir() -> Path:
    """Return the folder that is served if nobody has chosen another one in the admin."""
    return Path(settings.MODEL_DIR or DEFAULT_MODEL)


def answering() -> tuple[Path, str]:
    """Return the folder of the active model, and its card's checksum if it is known."""
    active = None if settings.MODEL_DIR else ModelVersion.objects.active().first()
    return (active.folder, active.card_sha256) if active else (model_dir(), "")


def classifier() -> "Classifier":
    """Return the active model.

    It is looked up for each photo, so that a switch needs no restart.
    """
    try:
        return load(*answering())
    except ModelError:
        if not _put_aside_outdated():
            raise
    return load(*answering())


def _put_aside_outdated() -> bool:
    """Make the shipped model active in place of a model that teaches no kind of photo.

    Otherwise photos would wait after an upgrade until somebody chooses another model.
    """
    active = None if settings.MODEL_DIR else ModelVersion.objects.active().first()
    if active is None or not _is_outdated(active):
        return False
    with transaction.atomic():
        idle = {"state": ModelVersion.State.IDLE, "replaced_at": Now()}
        if ModelVersion.objects.active().filter(pk=active.pk).update(**idle):
            trail.record(
                AuditEntry.Action.MODEL,
                active,
                model=active.version,
                state=ModelVersion.State.IDLE.value,
                why="outdated",
            )
            name = DEFAULT_MODEL.name
            logger.warning("%s is outdated, it has no tiers: %s answers in its place", active, name)
    return True


def _is_outdated(version: ModelVersion) -> bool:
    if (LINEAGE / f"{version}.json").is_file():
        return True
    with suppress(ModelError):
        return not card.read(version.folder).kinds
    return False


def classifier_named(version: str) -> "Classifier | None":
    """Return the model of a version, or None if it cannot be served here any more."""
    with suppress(ModelError):
        model = classifier()
        if model.card.version != version:
            model = load(model_folders.folder_of(version))
        return model if model.card.version == version else None
    return None


# The active model, and perhaps one in shadow.
@lru_cache(maxsize=2)
def load(folder: Path, digest: str = "") -> "Classifier":
    """Load a model once: before the worker forks if possible, so that its children share it.

    Imported here, since the web process only queues tasks and should not load the inference
    runtime.
    """
    from ml.serving.classifier import Classifier

    model_folders.read(folder, digest)
    return Classifier.load(folder)


# A name always means the same model, and checking its files reads 20 MB.
@lru_cache(maxsize=2)
def _card_in(folder: Path, _digest: str) -> Card:
    return card.read(folder)


def answering_card() -> Card | None:
    """Return the card of the active model, or None if no model can be served now."""
    with suppress(ModelError):
        return _card_in(*answering())
    return None


def kinds_taught() -> frozenset[Kind]:
    """Return the kinds of photo for which the active model has validated figures."""
    found = answering_card()
    return frozenset(found.kinds if found else ())


def card_of(version: str) -> Card | None:
    """Return the card of an installed or earlier shipped model version, else None."""
    for folder in (model_dir(), model_folders.folder_of(version)):
        with suppress(ModelError):
            found = card.read(folder)
            if found.version == version:
                return found
    return card.of_lineage(version)


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


def run(pk: UUID) -> UUID | None:
    """Claim the screening whose turn it is, classify it and store the outcome.

    A message only says that some photo waits. The claimed photo need not be `pk`, which the message
    names. Returns the key of the claimed photo, or None if no photo waits.
    """
    try:
        # Before the claim, so that no screening loses an attempt if the model cannot be loaded.
        model = classifier()
    except ModelError as error:
        logger.critical("photos wait, the model cannot be served: %s", error)
        return None
    screening = Screening.objects.claim_next(pk)
    if screening is None:
        return None
    if screening.pk != pk:
        _log_as(screening)
    _read(screening, model)
    return screening.pk


def _log_as(screening: Screening) -> None:
    """Log under the id of the claimed screening, since the message may name another one."""
    unbind_contextvars("request_id")
    bind_contextvars(screening_id=str(screening.pk))


def _read(screening: Screening, model: "Classifier") -> None:
    try:
        _store(screening, classify(screening, model), model.card.version)
    except LeaseLostError:
        logger.warning("screening %s: the lease was lost, nothing written", screening.pk)
    except OutageError as error:
        Screening.objects.held(screening).release_uncounted()
        logger.critical("photos wait: %s", error)
    except (FileNotFoundError, ImageError) as error:
        if is_worth_another_try(error):
            release(screening)
            raise
        # If the person has deleted the photo meanwhile, there is no lease.
        if Screening.objects.held(screening).fail(FailureReason.PHOTO_LOST):
            raise
    except Exception:  # any error: otherwise the screening stays claimed until its lease expires
        release(screening)
        raise


def is_worth_another_try(error: Exception) -> bool:
    """Return whether another attempt may succeed: a machine short of memory kills any decoder."""
    return isinstance(error, ImageError) and error.fault is ImageFault.TOO_DEMANDING


def classify(screening: Screening, model: "Classifier") -> "Classification":
    return model.classify_view(renditions.views_of(screening).framed, STATED[screening.capture])


def fields_of(outcome: "Classification") -> dict[str, Any]:
    """Return the columns of a row that stores an answer."""
    return {
        "kind": outcome.kind or "",
        "tier": outcome.tier or "",
        "is_uncertain": outcome.is_uncertain,
        "cancer": outcome.cancer,
        "melanoma": outcome.melanoma,
        "cancers_per_100": outcome.cancers_per_100,
        "probabilities": outcome.probabilities,
    }


def _store(screening: Screening, outcome: "Classification", model_version: str) -> None:
    with transaction.atomic():
        if outcome.refusal:
            _refuse(screening, str(outcome.refusal))
            trail.record(AuditEntry.Action.RESULT, screening, model=model_version)
            return
        current = _succeed(screening, outcome)
        trail.record(AuditEntry.Action.RESULT, current, model=model_version)
        Prediction.objects.create(
            screening=current, model_version=model_version, **fields_of(outcome)
        )
        if outcome.tier is Tier.URGENT:
            Notice.objects.note_result(current)


def _refuse(screening: Screening, refusal: str) -> None:
    if not Screening.objects.held(screening).refuse(refusal):
        raise LeaseLostError


def _succeed(screening: Screening, outcome: "Classification") -> Screening:
    """Mark the row as done. Return it as it is now, since it may have changed meanwhile."""
    held = Screening.objects.held(screening)
    current = held.select_related("answers", "lesion__profile").first()
    if current is None:
        raise LeaseLostError
    tier = str(outcome.tier or "")
    if not held.succeed(
        readings_due=review_policy.readings_due(tier, ()),
        urgency=review_policy.urgency(
            tier, answers_urgency=current.answers_urgency, is_uncertain=outcome.is_uncertain
        ),
    ):
        raise LeaseLostError
    current.status = Screening.Status.DONE
    return current


def release(screening: Screening) -> None:
    """Return a screening whose attempt failed to the queue. After the last attempt, fail it."""
    held = Screening.objects.held(screening)
    held.exhausted().fail(FailureReason.ATTEMPTS_EXHAUSTED)
    held.release_without_turn()
