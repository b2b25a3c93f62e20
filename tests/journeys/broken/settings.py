from skinscreen.settings import *  # noqa: F403
from skinscreen.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.journeys.broken"]
