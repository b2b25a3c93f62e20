"""Lets a newly active model reread photos whose newest prediction sent nobody to a doctor.

A query finds these photos; they are not queued. So it does not matter how the version became
active, and a killed worker loses nothing. New photos come first.
"""

import logging
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from diagnosis.audit import trail
from diagnosis.classification import active_model, inference
from diagnosis.models import AuditEntry, Notice, Prediction, Screening
from diagnosis.photos import outages
from diagnosis.photos.encryption import PhotoKeyError
from diagnosis.photos.outages import OutageError
from diagnosis.rules import review_policy, stored_tiers
from ml.preprocessing.images import ImageError
from ml.serving.card import ModelError

if TYPE_CHECKING:
    from ml.serving.classifier import Classifier

logger = logging.getLogger("diagnosis.rereading")

# More photos than a run can read. Photos that cannot be read now stay due, and could fill a smaller
# batch in every run.
BATCH = 10_000


def run() -> None:
    """Read photos again until a new photo waits, for at most half of a task's time limit."""
    end = time.monotonic() + settings.CELERY_TASK_SOFT_TIME_LIMIT / 2
    try:
        model = active_model.classifier()
        due = Screening.objects.to_reread(model.card.version).order_by("owner", "pk")
        for pk in due.values_list("pk", flat=True)[:BATCH]:
            if Screening.objects.waiting().exists() or time.monotonic() > end:
                break
            _read_again(pk, model)
    except (ModelError, OutageError) as error:
        logger.critical("photos wait to be read again: %s", error)


def _read_again(pk: UUID, model: "Classifier") -> None:
    screening = Screening.objects.filter(pk=pk).first()
    answer = _read(screening, model) if screening else None
    if screening and answer is not None:
        _store(screening, model.card.version, answer)


def _read(screening: Screening, model: "Classifier") -> dict[str, Any] | None:
    """Return the fields of an answer, or {} if the photo is now refused, damaged or lost.

    None means that another attempt may succeed.
    """
    try:
        outcome = inference.classify(screening, model)
    except (PhotoKeyError, OSError, ImageError) as error:
        if outages.behind(error) and not isinstance(error, PhotoKeyError):
            raise
        logger.warning("screening %s: it cannot be read again: %s", screening.pk, error)
        is_final = isinstance(error, FileNotFoundError | ImageError)
        return {} if is_final and not inference.is_worth_another_try(error) else None
    return {} if outcome.refusal else inference.fields_of(outcome)


@transaction.atomic
def _store(screening: Screening, version: str, answer: dict[str, Any]) -> None:
    # The lock keeps a clinician's reading from being stored at the same time. Since this worker
    # began, the photo may have been deleted, or read by another worker.
    current = Screening.objects.select_for_update().filter(pk=screening.pk).first()
    if not current or not Screening.objects.to_reread(version).filter(pk=screening.pk).exists():
        return
    earlier = current.prediction
    prediction = Prediction.objects.create(screening=current, model_version=version, **answer)
    # No mail is sent about a photo that can no longer be read.
    is_raised = (
        bool(answer)
        and earlier is not None
        and stored_tiers.RANK[prediction.tier] > stored_tiers.RANK[earlier.tier]
    )
    # From `current`: growth may have been measured after `screening` was loaded.
    Screening.objects.filter(pk=current.pk).update(
        readings_due=review_policy.readings_due(prediction.tier, current.findings),
        urgency=review_policy.urgency(
            prediction.tier,
            answers_urgency=current.answers_urgency,
            is_uncertain=prediction.is_uncertain,
        ),
    )
    if is_raised:
        _plan_mail(current)
        Notice.objects.note_result(Screening.objects.with_outcome().get(pk=screening.pk))
    trail.record(AuditEntry.Action.RESULT, screening, model=version, is_read_again=True)


def _plan_mail(screening: Screening) -> None:
    """Plan the mail about a raised result, unless the page would show nothing new.

    The page shows nothing new if a mail about growth was sent and the model's result is withheld.
    The person then gets the result with a clinician's reading, or after stating one of the three
    lightest skin types.
    """
    row = Screening.objects.filter(pk=screening.pk)
    is_mailed = screening.has_grown and screening.raise_mailed_at
    if not is_mailed or row.with_attainable_result().exists():
        row.update(raised_at=Now(), raise_mailed_at=None)
