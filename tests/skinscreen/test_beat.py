import subprocess
import sys

import pytest
from django.conf import settings

from accounts import tasks as accounts_tasks
from diagnosis import tasks as diagnosis_tasks
from skinscreen.environment import env

# Runs beat's `main`, and stops it where it would begin to wait for the first task.
STARTED = """
import sys
from celery.beat import Service
from skinscreen import beat
Service.start = lambda _: print(len(beat.app.conf.beat_schedule), *sys.modules)
beat.main()
"""
HEAVY = {
    *("django.contrib.auth.models", "django.db.models", "django.forms", "django.template"),
    *("diagnosis.models", "numpy", "PIL", "cryptography.x509", "prompt_toolkit"),
}


def test_beat_loads_its_schedule_without_models_and_heavy_libraries():
    command = [sys.executable, "-c", STARTED]
    done = subprocess.run(command, cwd=env.BASE_DIR, check=True, capture_output=True, text=True)
    count, *modules = done.stdout.split()
    assert int(count) == len(settings.CELERY_BEAT_SCHEDULE)
    assert HEAVY.intersection(modules) == set()


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values(), ids=str)
def test_every_task_in_the_schedule_exists(entry):
    module, _, name = entry["task"].rpartition(".")
    places = {tasks.__name__: tasks for tasks in (diagnosis_tasks, accounts_tasks)}
    assert getattr(places[module], name).name == entry["task"]


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values(), ids=str)
def test_a_worker_with_a_fast_clock_discards_no_task(entry):
    expires = entry.get("options", {}).get("expires")
    assert expires is None or expires > settings.CLOCKS_APART
