"""Photos are read even if beat sends its tasks twice, or late."""

import sys

import pytest

from tests.journeys.stack import BEAT, WORKER, eventually

pytestmark = pytest.mark.faults


def test_beat_runs_twice(oracle, tmp_path):
    stack = oracle.stack
    words = ["-m", "celery", "-A", BEAT, "beat", "--pidfile=", "-s", tmp_path / "schedule"]
    with stack.also(sys.executable, *words):
        oracle.upload()
        oracle.until_running()
        stack.kill(WORKER, is_child=True)
        oracle.mark_repaired()
        oracle.expect(done=6)


def test_beat_is_killed_and_started_again(embedded_oracle):
    oracle, log = embedded_oracle, embedded_oracle.stack.log
    oracle.upload()
    oracle.until_running()
    oracle.stack.kill(WORKER, is_child=True)
    oracle.stack.kill(BEAT)
    oracle.mark_repaired()
    oracle.expect(done=6)
    eventually(lambda: "spawned: 'beat'" in oracle.stack.log.removeprefix(log))
