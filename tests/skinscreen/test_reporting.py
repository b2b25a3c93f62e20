import json

import pytest
import sentry_sdk
from celery import shared_task
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import got_request_exception
from django.urls import reverse
from sentry_sdk.client import NonRecordingClient
from sentry_sdk.transport import Transport

from skinscreen import reporting

DSN = "https://public@faults.example.org/1"
# Personal data that an exception may contain: an address, a file name, a probability.
SECRETS = ("ann@example.org", "mole-on-ann.jpg", "0.8315")


class RecordingTransport(Transport):
    """Records events instead of sending them."""

    def __init__(self):
        super().__init__()
        self.sent = []

    def capture_envelope(self, envelope):
        self.sent.append(envelope.serialize().decode())

    @property
    def events(self):
        return [json.loads(envelope.splitlines()[2]) for envelope in self.sent]


@pytest.fixture
def transport():
    transport = RecordingTransport()
    reporting.start(DSN, "production", transport=transport)
    yield transport
    reporting.got_request_exception.disconnect(dispatch_uid=reporting.UID)
    reporting.task_failure.disconnect(dispatch_uid=reporting.UID)
    sentry_sdk.get_global_scope().set_client(NonRecordingClient())


def fail(*_, **__):
    person, photo, figure = SECRETS
    try:
        {}[f"no {photo} of {person}"]
    except KeyError as error:
        raise ValueError(f"{person} {photo} {figure}") from error


def test_a_failed_request_is_reported_with_its_exception_and_url_name(
    owner_client, transport, monkeypatch
):
    monkeypatch.setattr("diagnosis.screenings.views.UploadForm", fail)
    owner_client.raise_request_exception = False
    person, photo, figure = SECRETS
    form = {"note": f"{person} {figure}", "name": photo}
    response = owner_client.post(f"{reverse('diagnosis:upload')}?q={person}", form)
    assert response.status_code == 500
    (event,) = transport.events
    assert [raised["type"] for raised in event["exception"]["values"]] == ["KeyError", "ValueError"]
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["tags"]["where"] == "diagnosis:upload"
    assert event["tags"]["request_id"]
    assert event["environment"] == "production"


def test_no_personal_data_is_reported(owner, owner_client, transport, monkeypatch):
    monkeypatch.setattr("diagnosis.screenings.views.UploadForm", fail)
    owner_client.raise_request_exception = False
    owner_client.post(reverse("diagnosis:upload"), {"note": SECRETS[0]})
    sentry_sdk.set_user({"email": owner.email})
    sentry_sdk.add_breadcrumb(message=SECRETS[1])
    sentry_sdk.capture_message(SECRETS[2])
    assert len(transport.sent) == 2
    for secret in (*SECRETS, owner.email, "localhost", "testserver", "sessionid"):
        assert secret not in "".join(transport.sent)


def test_a_failed_task_is_reported(transport):
    task = shared_task(name="tests.failing_task")(fail)
    task.apply(args=(SECRETS[0],))
    (event,) = transport.events
    assert event["tags"]["where"] == "tests.failing_task"
    assert event["exception"]["values"][-1]["type"] == "ValueError"
    assert not any(secret in transport.sent[0] for secret in SECRETS)


def test_nothing_is_reported_unless_a_sentry_dsn_is_set(settings):
    assert settings.SENTRY_DSN == ""
    assert reporting.UID not in str(got_request_exception.receivers)
    assert not sentry_sdk.get_client().is_active()


def test_the_error_message_about_an_invalid_dsn_does_not_contain_it():
    with pytest.raises(ImproperlyConfigured, match="SKINSCREEN_SENTRY_DSN") as caught:
        reporting.start("https://secret.example.org", "production")
    assert "secret" not in str(caught.value)
