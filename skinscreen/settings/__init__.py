"""All settings. They are read from the environment (`.env.example` lists every variable)."""

from skinscreen.settings.accounts import *
from skinscreen.settings.core import *
from skinscreen.settings.mail import *
from skinscreen.settings.monitoring import *
from skinscreen.settings.queues import *
from skinscreen.settings.reading import *
from skinscreen.settings.retention_periods import *
from skinscreen.settings.schedule import *
from skinscreen.settings.security import *
from skinscreen.settings.storage import *
