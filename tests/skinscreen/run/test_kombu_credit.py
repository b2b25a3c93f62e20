from unittest.mock import MagicMock

import pytest
from kombu.transport import virtual
from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError as BrokerConnectionError

from skinscreen.celery import app


def test_a_worker_takes_messages_after_the_broker_could_not_be_told_of_one(monkeypatch):
    assert app.main == "skinscreen"
    qos = Channel.QoS(MagicMock(), prefetch_count=1)
    virtual.QoS.append(qos, "message", "tag")
    assert not qos.can_consume()
    lost = MagicMock(side_effect=BrokerConnectionError)
    monkeypatch.setattr(qos, "_remove_from_indices", lost)
    with pytest.raises(BrokerConnectionError):
        qos.ack("tag")
    assert qos.can_consume()
