"""SkinScreen's settings, with the pages and the tasks of the least site."""

from skinscreen.settings import *  # noqa: F403

ROOT_URLCONF = "tests.load.floors.least_site"
CELERY_IMPORTS = ["tests.load.floors.least_site"]
