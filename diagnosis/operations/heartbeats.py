"""Signs of life: beat asks every worker for one, and a child of it writes the row."""

from django.db.models.functions import Now

from diagnosis.classification import inference
from diagnosis.models import Heartbeat
from ml.serving.card import ModelError


def note(worker: str) -> None:
    """Store that a worker is alive, and the model that it loads; forget those long silent."""
    Heartbeat.objects.update_or_create(
        worker=worker, defaults={"model_version": _loaded(), "beat_at": Now()}
    )
    Heartbeat.objects.forgotten().delete()


def _loaded() -> str:
    try:
        return inference.classifier().card.version
    except ModelError:
        return ""
