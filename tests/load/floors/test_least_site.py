"""The least site answers a simulated person's visit, as SkinScreen does."""

import pytest

from diagnosis.classification import queue
from tests.load.floors import least_site


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


def test_a_photo_is_polled_until_it_is_read(client, sent):
    key, address = sent
    poll = f"/waiting/{key}/"
    assert f'data-waiting="{poll}"' in client.get(address).content.decode()
    assert client.get(poll).headers["Ask-Again-Ms"] == "300"
    least_site.read(key)
    assert client.get(poll).status_code == 200
    assert client.get(f"{address}status/").status_code == 200


def test_the_picture_of_a_photo_is_a_jpeg(client, sent):
    assert b"".join(client.get(f"{sent[1]}picture/")).startswith(b"\xff\xd8")
