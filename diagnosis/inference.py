"""From a claimed screening to its outcome. The only place that runs the classifier."""

import logging
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from structlog.contextvars import bind_contextvars, unbind_contextvars

from diagnosis import audit, installed, reading_plan, sandbox
from diagnosis.models import AuditEntry, ModelVersion, Prediction, Screening
from diagnosis.outages import OutageError
from diagnosis.texts import FailureReason
from ml import card
from ml.card import Card, ModelError
from ml.images import ImageError, ImageFault
from ml.paths import DEFAULT_MODEL

if TYPE_CHECKING:
    from ml.classifier import Classification, Classifier

logger = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """Another attempt has taken the screening over; this one must write nothing."""


def model_dir() -> Path:
    """Return the folder that is served while nobody has chosen another one in the admin."""
    return Path(settings.MODEL_DIR or DEFAULT_MODEL)


def answering() -> tuple[Path, str]:
    """Return the folder of the model that answers people, and its card's checksum if known."""
    active = None if settings.MODEL_DIR else ModelVersion.objects.active().first()
    return (active.folder, active.card_sha256) if active else (model_dir(), "")


def classifier() -> "Classifier":
    """Return the model that answers people now: asked for each photo, a switch needs no restart."""
    return load(*answering())


def classifier_named(version: str) -> "Classifier | None":
    """Return the model of a version, or None where it cannot be served here any more."""
    with suppress(ModelError):
        model = classifier()
        if model.card.version != version:
            model = load(installed.folder_of(version))
        return model if model.card.version == version else None
    return None


# One answers, one may be in shadow.
@lru_cache(maxsize=2)
def load(folder: Path, digest: str = "") -> "Classifier":
    """Load a model once a process, in the worker's child and never before the fork.

    Imported here, so that the web process, which queues tasks, carries no inference runtime.
    """
    from ml.classifier import Classifier

    installed.read(folder, digest)
    return Classifier.load(folder)


def card_of(version: str) -> Card | None:
    """Return the card of a model version, or None where its folder is not installed any more."""
    for folder in (model_dir(), installed.folder_of(version)):
        with suppress(ModelError):
            found = card.read(folder)
            if found.version == version:
                return found
    return None


def run(pk: UUID) -> UUID | None:
    """Claim the screening whose turn it is, classify it and store what came out.

    A message is a hint that some photo waits: `pk`, which it names, may not be the one. Returns
    that of the photo that was claimed, or None where nobody waits.
    """
    try:
        # Before the claim: a wrong model costs no screening an attempt, they wait for the fix.
        model = classifier()
    except ModelError as error:
        logger.critical("photos wait, the model cannot be served: %s", error)
        return None
    screening = Screening.objects.claim(pk)
    if screening is None:
        return None
    if screening.pk != pk:
        _log_as(screening)
    _read(screening, model)
    return screening.pk


def _log_as(screening: Screening) -> None:
    """Name in the log what is read; the message came with the request of another photo."""
    unbind_contextvars("request_id")
    bind_contextvars(screening_id=str(screening.pk))


def _read(screening: Screening, model: "Classifier") -> None:
    try:
        _store(screening, classify(screening, model), model.card.version)
    except LeaseLostError:
        logger.warning("screening %s: the lease was lost, nothing written", screening.pk)
    except OutageError as error:
        Screening.objects.held(screening).wait()
        logger.critical("photos wait: %s", error)
    except (FileNotFoundError, ImageError) as error:
        if _is_worth_another_try(error):
            give_back(screening)
            raise
        # Nothing is held any more where the person has deleted the photo meanwhile.
        if Screening.objects.held(screening).fail(FailureReason.PHOTO_LOST):
            raise
    except Exception:
        give_back(screening)
        raise


def _is_worth_another_try(error: Exception) -> bool:
    """Whether the photo may be sound: a machine short of memory kills the decoder of any."""
    return isinstance(error, ImageError) and error.fault is ImageFault.TOO_DEMANDING


def classify(screening: Screening, model: "Classifier") -> "Classification":
    with screening.photo.open("rb") as photo:
        return model.classify(sandbox.decode(photo))


def _store(screening: Screening, outcome: "Classification", model_version: str) -> None:
    answer = asdict(outcome)
    refusal = answer.pop("refusal")
    with transaction.atomic():
        if not _finish(screening, outcome):
            raise LeaseLostError
        audit.record(AuditEntry.Action.RESULT, screening, model=model_version)
        if not refusal:
            Prediction.objects.create(screening=screening, model_version=model_version, **answer)


def _finish(screening: Screening, outcome: "Classification") -> int:
    held = Screening.objects.held(screening)
    if outcome.refusal or outcome.tier is None:
        return held.refuse(str(outcome.refusal))
    is_doubtful = outcome.is_uncertain or screening.has_worrying_answers
    return held.succeed(
        readings_due=reading_plan.readings_due(outcome.tier, ()),
        urgency=reading_plan.urgency(outcome.tier, is_doubtful=is_doubtful),
    )


def give_back(screening: Screening) -> None:
    """Return a screening whose attempt failed to the queue, or fail it after the last attempt."""
    held = Screening.objects.held(screening)
    held.exhausted().fail(FailureReason.ATTEMPTS_EXHAUSTED)
    held.rest()
