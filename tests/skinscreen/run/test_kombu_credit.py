from unittest.mock import MagicMock

import pytest
from kombu.transport import virtual
from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError as BrokerConnectionError

from skinscreen.celery import app


@pytest.mark.parametrize("answer", ["ack", "reject"])
def test_a_worker_takes_messages_after_a_failed_acknowledgement(answer):
    assert app.main == "skinscreen"  # this import replaced the `QoS` of kombu
    channel = MagicMock()
    qos = Channel.QoS(channel, prefetch_count=1)
    virtual.QoS.append(qos, "message", "tag")
    assert not qos.can_consume()
    channel.conn_or_acquire.side_effect = BrokerConnectionError
    with pytest.raises(BrokerConnectionError):
        getattr(qos, answer)("tag")
    assert qos.can_consume()
