"""Works around a bug in kombu: after outages of the broker, a worker stops reading messages.

kombu limits the number of messages that a worker holds without an acknowledgement. If an
acknowledgement or rejection fails because the broker is unavailable, Celery logs the error, and
kombu goes on counting the message. After as many failures as the worker has children, it is alive
but takes no more messages. docs/upstream/kombu-prefetch.md describes the bug for kombu's tracker.
"""

from kombu.transport import redis, virtual


class ReturningQoS(redis.QoS):
    def ack(self, delivery_tag: str) -> None:
        # Stop counting first. If the broker then cannot be reached, it delivers the message again,
        # which does no harm.
        virtual.QoS.ack(self, delivery_tag)
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002
        virtual.QoS.ack(self, delivery_tag)
        super().reject(delivery_tag, requeue)


def install() -> None:
    redis.Channel.QoS = ReturningQoS
