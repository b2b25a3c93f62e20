import logging
import threading
from uuid import uuid4

import pytest
from celery.exceptions import OperationalError

from diagnosis.classification import queue
from skinscreen.celery import app

# The original functions, before the fixtures `published` and `to_measure` replace them.
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


def test_a_message_contains_only_the_screenings_id(sent):
    pk = uuid4()
    publish_now(pk)
    assert sent == [((queue.DIAGNOSE, (str(pk),)), {})]


@pytest.mark.parametrize("send", [publish_measuring, queue.publish_shadow])
def test_messages_about_measuring_and_shadow_expire_within_a_minute(sent, send):
    send(uuid4())
    ((_, options),) = sent
    assert options["expires"] <= 60


@pytest.mark.parametrize("name", [queue.DIAGNOSE, queue.MEASURE, queue.SHADOW])
def test_every_message_names_an_existing_task(name):
    app.loader.import_default_modules()
    assert name in app.tasks


@pytest.mark.parametrize("error", [OperationalError("refused"), ValueError("disk full")])
def test_a_message_that_the_broker_refuses_is_logged_with_the_error(monkeypatch, caplog, error):
    def refuse(_):
        raise error

    monkeypatch.setattr(queue, "publish_now", refuse)
    with caplog.at_level(logging.WARNING):
        publish(uuid4())
        # Wait for the publisher's only thread.
        queue.publisher.submit(lambda: None).result()
    assert "the sweep will do it" in caplog.text
    assert str(error) in caplog.text


def test_a_hanging_broker_does_not_block_a_request(monkeypatch):
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
    ("send", "message"),
    [
        (publish_measuring, "not measured now, the sweep will do it: no broker"),
        (queue.publish_shadow, "not read in shadow: no broker"),
    ],
)
def test_without_a_broker_each_step_after_a_result_logs_a_warning(no_broker, caplog, send, message):
    send(uuid4())
    assert message in caplog.text
