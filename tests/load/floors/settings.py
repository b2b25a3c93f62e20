"""SkinScreen's settings, with the pages and tasks of the minimal site in `least_site.py`."""

from skinscreen.settings import *  # noqa: F403

ROOT_URLCONF = "tests.load.floors.least_site"
CELERY_IMPORTS = ["tests.load.floors.least_site"]
