"""The product's settings, with an app that gives each classification time in which to be hit."""

from skinscreen.settings import *  # noqa: F403
from skinscreen.settings import DATABASES, INSTALLED_APPS, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.slow"]
if "timeout" in DATABASES["default"].get("OPTIONS", {}):
    # As little patience with a locked SQLite as a test has.
    DATABASES["default"]["OPTIONS"]["timeout"] = 3
# Compressing the static files, at which nobody looks, takes as long as all the rest of a start.
STATIC_BACKEND = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": STATIC_BACKEND}}
