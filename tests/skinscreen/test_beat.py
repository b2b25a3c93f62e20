import subprocess
import sys

import pytest
from django.conf import settings

from accounts import tasks as accounts_tasks
from diagnosis import tasks as diagnosis_tasks
from skinscreen.environment import env

STARTED = """
import sys
from skinscreen.beat import app
app.loader.init_worker()
app.finalize()
print(len(app.conf.beat_schedule))
print(*sys.modules)
"""
HEAVY = {"django.contrib.auth.models", "diagnosis.models", "numpy", "PIL", "cryptography.x509"}


def test_beat_knows_what_to_start_when_and_loads_nothing_that_does_it():
    command = [sys.executable, "-c", STARTED]
    done = subprocess.run(command, cwd=env.BASE_DIR, check=True, capture_output=True, text=True)
    count, modules = done.stdout.splitlines()
    assert int(count) == len(settings.CELERY_BEAT_SCHEDULE)
    assert {*modules.split()} & HEAVY == set()


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values(), ids=str)
def test_what_beat_names_is_there(entry):
    module, _, name = entry["task"].rpartition(".")
    places = {one.__name__: one for one in (diagnosis_tasks, accounts_tasks)}
    assert getattr(places[module], name).name == entry["task"]
