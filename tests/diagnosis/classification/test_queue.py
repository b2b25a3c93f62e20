import logging
import threading
from uuid import uuid4

import pytest
from celery.exceptions import OperationalError

from diagnosis.classification import queue
from skinscreen.celery import app

# As they are before `published` and `to_measure` take their places.
publish, publish_now, publish_measuring = queue.publish, queue.publish_now, queue.publish_measuring


@pytest.fixture
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr(app, "send_task", lambda *args, **options: messages.append((args, options)))
    return messages


@pytest.fixture
def no_broker(monkeypatch):
    def refuse(*_, **__):
        raise OperationalError("no broker")

    monkeypatch.setattr(app, "send_task", refuse)


def test_a_message_carries_the_number_of_the_screening_alone(sent):
    pk = uuid4()
    publish_now(pk)
    assert sent == [((queue.DIAGNOSE, (str(pk),)), {})]


@pytest.mark.parametrize("send", [publish_measuring, queue.publish_shadow])
def test_what_nobody_waits_for_does_not_pile_up(sent, send):
    send(uuid4())
    ((_, options),) = sent
    assert options["expires"] <= 60


@pytest.mark.parametrize("name", [queue.DIAGNOSE, queue.MEASURE, queue.SHADOW])
def test_what_is_sent_is_a_task(name):
    app.loader.import_default_modules()
    assert name in app.tasks


@pytest.mark.parametrize("error", [OperationalError("refused"), ValueError("disk full")])
def test_a_broker_that_takes_no_message_is_a_line_in_the_log(monkeypatch, caplog, error):
    def refuse(_):
        raise error

    monkeypatch.setattr(queue, "publish_now", refuse)
    with caplog.at_level(logging.WARNING):
        publish(uuid4())
        queue.publisher.submit(lambda: None).result()  # the one thread has come to what follows
    assert "the sweep will do it" in caplog.text
    assert str(error) in caplog.text


def test_a_request_does_not_wait_for_a_broker_that_hangs(monkeypatch):
    hangs, delivered = threading.Event(), threading.Event()

    def hang(pk):
        hangs.wait(timeout=30)
        delivered.set()

    monkeypatch.setattr(queue, "publish_now", hang)
    publish(uuid4())
    assert not delivered.is_set()
    hangs.set()
    assert delivered.wait(timeout=30)


@pytest.mark.parametrize(
    ("send", "said"),
    [
        (publish_measuring, "not measured now, the sweep will do it: no broker"),
        (queue.publish_shadow, "not read in shadow: no broker"),
    ],
)
def test_a_broker_that_is_down_costs_what_comes_after_a_result_alone(no_broker, caplog, send, said):
    send(uuid4())
    assert said in caplog.text
