"""The product's settings with an app that slows classifications down."""

from skinscreen.settings import *  # noqa: F403
from skinscreen.settings import DATABASES, INSTALLED_APPS, STORAGES
from tests.faults import record

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.slow"]
WAIT_SECONDS = record.WAIT_SECONDS
OPTIONS = DATABASES["default"]["OPTIONS"]
if "timeout" in OPTIONS:
    OPTIONS["timeout"] = WAIT_SECONDS
else:
    OPTIONS["options"] += f" -c lock_timeout={WAIT_SECONDS}s"
# Compressing static files, which nobody requests here, would double the time of a start.
STATIC_BACKEND = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": STATIC_BACKEND}}
