import subprocess
import sys
from signal import SIGKILL

from skinscreen.celery import app
from skinscreen.environment import env
from skinscreen.run.shutdown_limit import ShutdownLimit

HANGING = """
import time
from datetime import timedelta
from django.conf import settings
from skinscreen.run.shutdown_limit import ShutdownLimit
settings.LEASE = timedelta(seconds=0.2)
ShutdownLimit(None).close(None)
time.sleep(600)
"""


def test_a_worker_that_does_not_shut_down_in_time_is_killed():
    command = [sys.executable, "manage.py", "shell", "-c", HANGING]
    ended = subprocess.run(
        command, cwd=env.BASE_DIR, check=False, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == -SIGKILL
    assert "did not shut down in time" in ended.stderr


def test_the_limit_is_part_of_our_workers():
    assert ShutdownLimit in app.steps["worker"]
