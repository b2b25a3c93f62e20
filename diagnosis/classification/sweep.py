"""Requeues photos whose worker died (its lease expired) or whose message was lost."""

from django.db.models.functions import Now

from diagnosis.classification import queue
from diagnosis.models import Screening
from diagnosis.models.choices import FailureReason


def run() -> None:
    """Requeue these photos, or mark them as failed if they have no attempt left."""
    expired = Screening.objects.expired()
    expired.exhausted().fail(FailureReason.ATTEMPTS_EXHAUSTED)
    released = list(expired.retriable().values_list("pk", flat=True))
    Screening.objects.expired().filter(pk__in=released).release()
    forgotten = list(Screening.objects.forgotten().values_list("pk", flat=True))
    Screening.objects.filter(pk__in=forgotten).update(queued_at=Now())
    for pk in {*released, *forgotten}:
        queue.publish_now(pk)
