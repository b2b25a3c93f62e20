"""The least site answers a simulated person's whole visit, as SkinScreen does."""

import pytest

from diagnosis.classification import queue
from tests.load.floors import least_site
from tests.load.polling import poll_address


@pytest.fixture
def sent(client, owner, settings, upload, monkeypatch):
    """Return the key and the address of a photo that a person has sent to the least site."""
    settings.ROOT_URLCONF = "tests.load.floors.least_site"
    keys = []
    monkeypatch.setattr(least_site.read, "delay", keys.append)
    client.force_login(owner)
    assert client.get("/screenings/new/").cookies["csrftoken"].value
    address = client.post("/screenings/send/", {"photo": upload}).json()["url"]
    queue.publisher.submit(int).result()  # until the message is sent
    return keys[0], address


def test_a_photo_is_polled_until_its_answer_and_until_its_measurement(client, sent):
    key, address = sent
    page = client.get(address).content.decode()
    result = poll_address(page, f"{address}status/")
    assert client.get(result).status_code == 204
    least_site.read(key)
    assert client.get(result).status_code == 200
    part = client.get(f"{address}status/").content.decode()
    assert client.get(poll_address(part, f"{address}measured/")).status_code == 200


def test_the_picture_of_a_photo_is_a_jpeg(client, sent):
    assert b"".join(client.get(f"{sent[1]}picture/")).startswith(b"\xff\xd8")
