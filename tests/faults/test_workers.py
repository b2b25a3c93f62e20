"""Whatever happens to workers, each photo gets exactly one result."""

import sys

import pytest

from tests.journeys.stack import WORKER, eventually

pytestmark = pytest.mark.faults


def test_a_worker_child_is_killed_in_the_middle(oracle):
    oracle.upload()
    oracle.until_running()
    oracle.stack.kill(WORKER, is_child=True)
    oracle.mark_repaired()
    oracle.expect(done=6)


def test_a_worker_is_killed_in_the_middle_and_started_again(oracle):
    log = oracle.stack.log
    oracle.upload()
    oracle.until_running()
    oracle.stack.kill(WORKER)
    oracle.mark_repaired()
    oracle.expect(done=6)
    new = oracle.stack.log.removeprefix(log)
    assert "exited: worker (terminated by SIGKILL" in new
    assert new.count("spawned: 'worker'") == 1


def test_the_power_is_cut_with_photos_waiting(oracle):
    oracle.upload()
    oracle.until_running()
    oracle.stack.cut_power()
    oracle.stack.start()
    oracle.mark_repaired()
    oracle.expect(done=6)


def test_everything_is_restarted_with_photos_waiting(oracle):
    oracle.upload()
    oracle.until_running()
    assert oracle.stack.stop() == []
    oracle.stack.start()
    oracle.mark_repaired()
    oracle.expect(done=6)


def test_two_workers_are_given_every_message_five_times(oracle):
    with oracle.stack.frozen(WORKER):
        oracle.upload()
        oracle.stack.manage("shell", "-c", PUBLISH_AGAIN)
    with oracle.stack.also(sys.executable, "-m", *WORKER.split(), "-c", "2"):
        eventually(lambda: len(oracle.stack.processes(WORKER)) == 3)
        oracle.mark_repaired()
        oracle.expect(done=6)


PUBLISH_AGAIN = """
from diagnosis.models import Screening
from diagnosis.tasks import diagnose_screening_task
for screening in list(Screening.objects.filter(status="pending")) * 4:
    diagnose_screening_task.apply_async((str(screening.pk),))
"""
