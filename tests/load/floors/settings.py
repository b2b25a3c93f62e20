"""SkinScreen's settings, with a page and a task that do nothing."""

from skinscreen.settings import *  # noqa: F403

ROOT_URLCONF = "tests.load.floors.parts"
CELERY_IMPORTS = ["tests.load.floors.parts"]
