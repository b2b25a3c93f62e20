"""The Celery application of beat, which sends tasks by name, and loads neither tasks nor models."""

from typing import Any

from celery import Celery, signals
from celery.loaders.app import AppLoader
from django.conf import settings
from django.utils.log import configure_logging


class Loader(AppLoader):
    def import_default_modules(self) -> list[Any]:
        """Import no tasks: only workers need them."""
        return []


app = Celery("skinscreen", loader=Loader, fixups=[])
app.config_from_object("django.conf:settings", namespace="CELERY")


@signals.setup_logging.connect
def set_up_logging(**_: Any) -> None:
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
