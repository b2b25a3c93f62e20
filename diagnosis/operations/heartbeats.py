"""Heartbeats: Celery beat sends a task to every worker, whose child process writes a row."""

from django.db.models.functions import Now

from diagnosis.classification import active_model
from diagnosis.models import Heartbeat
from ml.serving.card import ModelError


def note(worker: str) -> None:
    """Store that a worker is alive, and which model it loaded. Delete rows of lost workers."""
    Heartbeat.objects.update_or_create(
        worker=worker, defaults={"model_version": _loaded(), "beat_at": Now()}
    )
    Heartbeat.objects.forgotten().delete()


def _loaded() -> str:
    try:
        return active_model.classifier().card.version
    except ModelError:
        return ""
