"""Lets a worker continue to read messages after the broker was unavailable.

A worker takes as many messages as it has credit for, and gets the credit back when it acknowledges
a message. If the acknowledgement fails because the broker cannot be reached, Celery logs it, and
kombu does not return the credit. After as many faults as the worker has children, it is alive but
takes no messages. docs/upstream/kombu-prefetch.md describes the fault for kombu's own tracker.
"""

from kombu.transport import redis, virtual


class ReturningQoS(redis.QoS):
    def ack(self, delivery_tag: str) -> None:
        # Before the broker is told, since a message that it delivers again does no harm.
        virtual.QoS.ack(self, delivery_tag)
        super().ack(delivery_tag)


def install() -> None:
    redis.Channel.QoS = ReturningQoS
