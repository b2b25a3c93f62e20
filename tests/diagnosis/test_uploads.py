import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from diagnosis import forms, uploads
from diagnosis.texts import IMAGE_FAULTS
from ml.images import ImageFault

LIMIT = 200_000


@pytest.fixture(autouse=True)
def limit(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", LIMIT)
    monkeypatch.setattr(forms, "MAX_BYTES", LIMIT)


@pytest.mark.parametrize("in_memory", [0, 10 * LIMIT])
def test_a_file_without_end_is_written_no_further_than_the_limit(owner_client, settings, in_memory):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = in_memory
    photo = SimpleUploadedFile("spot.jpg", bytes(5 * LIMIT))
    response = owner_client.post(reverse("diagnosis:upload"), {"photo": photo})
    form = response.context["form"]
    assert form["photo"].errors == [IMAGE_FAULTS[ImageFault.TOO_LARGE]]
    assert LIMIT < form.files["photo"].size <= LIMIT + 2**16


@pytest.mark.parametrize("in_memory", [0, 10 * LIMIT])
def test_a_file_within_the_limit_arrives_whole(owner_client, settings, jpeg, in_memory):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = in_memory
    photo = SimpleUploadedFile("spot.jpg", jpeg + bytes(LIMIT - len(jpeg)))
    form = owner_client.post(reverse("diagnosis:upload"), {"photo": photo}).context["form"]
    assert not form["photo"].errors
    assert form.files["photo"].size == LIMIT
