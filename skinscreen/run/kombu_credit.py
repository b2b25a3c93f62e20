"""Lets a worker go on reading messages after its broker was away.

A worker takes as many messages as it has credit for, and has it back when it acknowledges one.
Where that fails because the broker cannot be reached, Celery logs it, and kombu keeps the credit:
after as many faults as it has children a worker is alive and takes nothing any more.
docs/upstream/kombu-prefetch.md describes the fault for kombu's own tracker.
"""

from kombu.transport import redis, virtual


class ReturningQoS(redis.QoS):
    def ack(self, delivery_tag: str) -> None:
        # Before the broker is told: a message that it delivers again does no harm.
        virtual.QoS.ack(self, delivery_tag)
        super().ack(delivery_tag)


def install() -> None:
    redis.Channel.QoS = ReturningQoS
