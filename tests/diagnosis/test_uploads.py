import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.core.files.uploadhandler import StopFutureHandlers
from django.urls import reverse

from diagnosis import uploads
from diagnosis.forms import upload
from diagnosis.texts import IMAGE_FAULTS
from ml.images import ImageFault

LIMIT = 200_000


@pytest.fixture(autouse=True)
def limit(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", LIMIT)
    monkeypatch.setattr(upload, "MAX_BYTES", LIMIT)


def sent(client, content):
    photo = SimpleUploadedFile("spot.jpg", content)
    return client.post(reverse("diagnosis:upload"), {"photo": photo}).context["form"]


def test_a_file_that_is_too_large_is_called_so(owner_client):
    form = sent(owner_client, bytes(5 * LIMIT))
    assert form["photo"].errors == [IMAGE_FAULTS[ImageFault.TOO_LARGE]]


def test_what_is_sent_beyond_the_limit_is_dropped():
    handler = uploads.CappedUploadHandler()
    handler.handle_raw_input()
    with pytest.raises(StopFutureHandlers):
        handler.new_file("photo", "spot.jpg", "image/jpeg", None)
    for start in range(0, 5 * LIMIT, 2**16):
        handler.receive_data_chunk(bytes(2**16), start)
    assert handler.file.tell() <= LIMIT + 2**16


def test_a_file_within_the_limit_arrives_whole_and_touches_no_disk(owner_client, settings, jpeg):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    form = sent(owner_client, jpeg + bytes(LIMIT - len(jpeg)))
    assert not form["photo"].errors
    assert isinstance(form.files["photo"], InMemoryUploadedFile)
    assert form.files["photo"].size == LIMIT
