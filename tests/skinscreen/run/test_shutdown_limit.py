import subprocess
import sys
from signal import SIGKILL

from skinscreen.environment import env

# A worker that is asked to end as soon as it runs, and hangs while it shuts down.
HANGING = """
import os, time
from datetime import timedelta
from signal import SIGTERM
from celery import bootsteps, signals
from django.conf import settings
from skinscreen.celery import app

class Hang(bootsteps.StartStopStep):
    def stop(self, parent):
        time.sleep(600)

@signals.worker_ready.connect(weak=False)
def end(**_):
    os.kill(os.getpid(), SIGTERM)

settings.LEASE = timedelta(seconds=0.2)
settings.CELERY_BROKER_URL = "memory://"
app.steps["worker"].add(Hang)
app.worker_main(["worker", "--pool=solo", "--without-gossip", "--without-mingle"])
"""


def test_a_worker_whose_shutdown_hangs_is_killed():
    command = [sys.executable, "manage.py", "shell", "-c", HANGING]
    ended = subprocess.run(
        command, cwd=env.BASE_DIR, check=False, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == -SIGKILL, ended.stderr
    assert "did not shut down in time" in ended.stderr
