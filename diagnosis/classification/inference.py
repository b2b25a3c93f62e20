"""Runs the classifier: from a claimed screening to its stored outcome."""

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import transaction
from structlog.contextvars import bind_contextvars, unbind_contextvars

from diagnosis.audit import trail
from diagnosis.classification import active_model
from diagnosis.models import AuditEntry, Notice, Prediction, Screening
from diagnosis.models.choices import FailureReason
from diagnosis.photos import renditions
from diagnosis.photos.outages import OutageError
from diagnosis.rules import review_policy
from ml.labels import Kind, Tier
from ml.preprocessing.images import ImageError, ImageFault
from ml.serving.card import ModelError

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
    """The screening was deleted, or taken over by another attempt. This attempt writes nothing."""


def run(pk: UUID) -> UUID | None:
    """Claim the screening whose turn it is, classify it and store the outcome.

    Celery's message names `pk`, but another photo may be claimed if `pk` has a turn.
    Return the key of the claimed photo, or None if no photo waits or no model can be served.
    """
    try:
        # Loaded before the claim, so that no screening loses an attempt if loading fails.
        model = active_model.classifier()
    except ModelError as error:
        logger.critical("photos wait, since the model cannot be served: %s", error)
        return None
    screening = Screening.objects.claim_next(pk)
    if screening is None:
        return None
    if screening.pk != pk:
        _log_as(screening)
    _read(screening, model)
    return screening.pk


def _log_as(screening: Screening) -> None:
    """Log under the id of the claimed screening, since the message may name another screening."""
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
        # Not raised if the lease was lost: the person may have deleted the photo.
        if Screening.objects.held(screening).fail(FailureReason.PHOTO_LOST):
            raise
    except Exception:  # any error: otherwise the screening stays claimed until its lease expires
        release(screening)
        raise


def is_worth_another_try(error: Exception) -> bool:
    """Return whether another attempt may succeed, as after a lack of memory or time."""
    return isinstance(error, ImageError) and error.fault is ImageFault.TOO_DEMANDING


def classify(screening: Screening, model: "Classifier") -> "Classification":
    return model.classify_view(renditions.views_of(screening).framed, STATED[screening.capture])


def fields_of(outcome: "Classification") -> dict[str, Any]:
    """Return the fields of a prediction that store an outcome."""
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
    tier = str(outcome.tier or "")
    place = partial(review_policy.urgency, tier, is_uncertain=outcome.is_uncertain)
    if not Screening.objects.held(screening).succeed(
        readings_due=review_policy.readings_due(tier, ()), urgency=place(answers_urgency=None)
    ):
        raise LeaseLostError
    # The answers are read only now, since the update has locked the row. Read earlier, they could
    # miss those that another transaction is storing.
    current = Screening.objects.select_related("answers", "lesion__profile").get(pk=screening.pk)
    if current.answers_urgency:
        urgency = place(answers_urgency=current.answers_urgency)
        Screening.objects.filter(pk=current.pk).update(urgency=urgency)
    return current


def release(screening: Screening) -> None:
    """Requeue a screening after a failed attempt. After the last attempt, mark it as failed."""
    held = Screening.objects.held(screening)
    held.exhausted().fail(FailureReason.ATTEMPTS_EXHAUSTED)
    held.release_without_turn()
