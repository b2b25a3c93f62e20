"""Every accepted upload ends DONE exactly once, whatever dies meanwhile."""

import os
import signal

import pytest

from tests.journeys.stack import eventually

pytestmark = pytest.mark.faults


def upload_some(stack, jpeg, count=6):
    person = stack.person()
    return [stack.upload(person, jpeg) for _ in range(count)]


def assert_all_done_once(stack, count=6):
    eventually(lambda: set(stack.statuses()) == {"done"})
    assert len(stack.statuses()) == count
    predictions = stack.query(
        "SELECT screening_id, count(*) FROM diagnosis_prediction GROUP BY screening_id"
    )
    assert [n for _, n in predictions] == [1] * count


def mid_inference(stack):
    eventually(lambda: "running" in stack.statuses())


def test_a_worker_child_killed_in_the_middle_loses_nothing(slow_stack, jpeg):
    upload_some(slow_stack, jpeg)
    mid_inference(slow_stack)
    slow_stack.kill("celery --quiet -A skinscreen worker", is_child=True)
    assert_all_done_once(slow_stack)


def test_a_worker_killed_in_the_middle_is_started_again_and_loses_nothing(slow_stack, jpeg):
    upload_some(slow_stack, jpeg)
    mid_inference(slow_stack)
    slow_stack.kill("celery --quiet -A skinscreen worker")
    assert_all_done_once(slow_stack)
    assert "exited: worker (terminated by SIGKILL" in slow_stack.log
    assert slow_stack.log.count("spawned: 'worker'") == 2


def test_a_power_cut_with_photos_waiting_loses_nothing(slow_stack, jpeg):
    upload_some(slow_stack, jpeg)
    mid_inference(slow_stack)
    slow_stack.cut_power()
    slow_stack.start()
    assert_all_done_once(slow_stack)


def test_everything_restarted_with_photos_waiting_loses_nothing(slow_stack, jpeg):
    upload_some(slow_stack, jpeg)
    mid_inference(slow_stack)
    assert slow_stack.stop() == []
    slow_stack.start()
    assert_all_done_once(slow_stack)


def test_a_broker_killed_under_load_is_started_again_and_loses_nothing(embedded_slow_stack, jpeg):
    stack = embedded_slow_stack
    upload_some(stack, jpeg, count=3)
    mid_inference(stack)
    stack.kill("valkey-server")
    upload_some(stack, jpeg, count=3)
    assert_all_done_once(stack)
    # Celery 5.7.0's main process ends when the broker restarts.
    assert stack.log.count("spawned: 'worker'") == 1


def test_with_the_broker_down_an_upload_is_accepted_and_read_once_it_is_back(
    external_slow_stack, redis, jpeg
):
    redis.stop()
    (answer,) = upload_some(external_slow_stack, jpeg, count=1)
    assert answer.elapsed.total_seconds() < 4  # waiting for it would take longer
    redis.start()
    assert_all_done_once(external_slow_stack, count=1)


def test_a_frozen_broker_holds_up_no_upload(embedded_slow_stack, jpeg):
    stack = embedded_slow_stack
    person = stack.person()
    broker = stack.processes("valkey-server")[0]
    os.kill(broker, signal.SIGSTOP)
    seconds = [stack.upload(person, jpeg).elapsed.total_seconds() for _ in range(3)]
    os.kill(broker, signal.SIGCONT)
    assert max(seconds) < 4  # waiting for it would take longer
    assert_all_done_once(stack, count=3)
