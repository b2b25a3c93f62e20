"""The Celery application; its settings are the CELERY_ ones of `skinscreen.settings`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinscreen.settings")

app = Celery("skinscreen")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
