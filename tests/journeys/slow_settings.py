"""The product's settings, with an app that makes each classification take half a second."""

from skinscreen.settings import *  # noqa: F403
from skinscreen.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.journeys.slow"]
