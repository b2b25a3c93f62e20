"""All photos are read even if the broker fails: the sweep replaces lost messages."""

import pytest

from tests.journeys.stack import WORKER, crowding

pytestmark = pytest.mark.faults
# An upload's maximum time in seconds. A background thread publishes the message, so that a broker
# that is down or does not answer delays no upload.
PROMPT = 4


def test_the_broker_is_killed_under_load_and_started_again(embedded_oracle):
    oracle, log = embedded_oracle, embedded_oracle.stack.log
    oracle.upload(3)
    oracle.until_running()
    oracle.stack.kill("valkey-server")
    oracle.upload(3)
    oracle.mark_repaired()
    oracle.expect(done=6)
    # supervisord would log this line if it started a new worker. With Celery 5.7.0, a worker's main
    # process ends when the broker restarts.
    assert "spawned: 'worker'" not in oracle.stack.log.removeprefix(log)


def test_the_broker_is_down_at_the_upload(external_oracle, redis):
    redis.stop()
    assert external_oracle.upload(3) < PROMPT * crowding()
    redis.start()
    external_oracle.mark_repaired()
    external_oracle.expect(done=3)


def test_the_broker_is_frozen_at_the_upload(embedded_oracle):
    with embedded_oracle.stack.frozen("valkey-server"):
        assert embedded_oracle.upload(3) < PROMPT * crowding()
    embedded_oracle.mark_repaired()
    embedded_oracle.expect(done=3)


def test_the_broker_is_restarted_while_photos_are_read(external_oracle, redis):
    oracle = external_oracle
    worker = oracle.stack.processes(WORKER)[0]
    oracle.upload()
    oracle.until_running()
    redis.restart()
    oracle.mark_repaired()
    oracle.expect(done=6)
    assert oracle.stack.processes(WORKER)[0] == worker


@pytest.mark.parametrize("lose", ["restart", "wipe"])
def test_the_broker_restarts_or_forgets_while_photos_wait_in_it(external_oracle, redis, lose):
    with external_oracle.stack.frozen(WORKER):
        external_oracle.upload()
        getattr(redis, lose)()
    external_oracle.mark_repaired()
    external_oracle.expect(done=6)
