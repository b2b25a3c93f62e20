import html
from unittest.mock import Mock

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.core.files.uploadhandler import StopFutureHandlers
from django.http import HttpRequest
from django.urls import reverse

from diagnosis.photos import uploads
from diagnosis.screenings import upload_form
from diagnosis.screenings.texts import IMAGE_FAULTS
from ml.preprocessing.images import ImageFault
from skinscreen.run import body_sizes

LIMIT = 200_000
UPLOAD, SEND = reverse("diagnosis:upload"), reverse("diagnosis:send")


@pytest.fixture(autouse=True)
def limit(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", LIMIT)
    monkeypatch.setattr(upload_form, "MAX_BYTES", LIMIT)


def posted_form(client, content):
    photo = SimpleUploadedFile("spot.jpg", content)
    return client.post(UPLOAD, {"photo": photo}).context["form"]


def test_a_file_that_is_too_large_gets_the_message_about_its_size(owner_client):
    form = posted_form(owner_client, bytes(5 * LIMIT))
    assert form["photo"].errors == [IMAGE_FAULTS[ImageFault.TOO_LARGE]]


@pytest.mark.parametrize("suffix", [".heic", ".heif", ".hif", "image/heic", "image/jpeg"])
def test_the_form_offers_the_accepted_formats(owner_client, suffix):
    form = owner_client.get(UPLOAD).context["form"]
    assert suffix in form.fields["photo"].widget.attrs["accept"].split(",")


@pytest.fixture
def _no_body(monkeypatch):
    """Fail the test if Django reads a body."""
    monkeypatch.setattr(HttpRequest, "parse_file_upload", None)


def post_bytes(client, url, size=body_sizes.PHOTO + 1, **headers):
    return client.generic("POST", url, bytes(size), "multipart/form-data; boundary=x", **headers)


@pytest.mark.usefixtures("_no_body")
def test_the_body_of_an_oversized_photo_is_not_read(owner_client):
    response = post_bytes(owner_client, UPLOAD)
    assert response.status_code == 413
    assert str(IMAGE_FAULTS[ImageFault.TOO_LARGE]) in html.unescape(response.content.decode())


@pytest.mark.usefixtures("_no_body")
def test_the_upload_script_gets_the_message_about_an_oversized_photo(owner_client):
    response = post_bytes(owner_client, SEND)
    error = {"message": IMAGE_FAULTS[ImageFault.TOO_LARGE], "code": "too_large"}
    assert (response.status_code, response.json()) == (413, {"errors": {"photo": [error]}})


@pytest.mark.usefixtures("_no_body")
@pytest.mark.parametrize("path", ["/account/login/", "/account/signup/", "/nowhere/", "/healthz"])
def test_the_body_of_another_request_may_have_at_most_a_megabyte(client, db, path):
    response = post_bytes(client, path, body_sizes.MEGABYTE + 1)
    assert (response.status_code, "too large" in response.content.decode()) == (413, True)


@pytest.mark.usefixtures("_no_body")
@pytest.mark.parametrize("path", [UPLOAD, SEND])
def test_a_photo_without_a_session_is_not_read_and_redirects_to_the_sign_in(client, path):
    headers = {"HTTP_REFERER": f"http://testserver{UPLOAD}"}
    response = post_bytes(client, path, body_sizes.MEGABYTE + 1, **headers)
    assert response.status_code == 302
    assert response.url == f"{reverse('account_login')}?form=lost&next={UPLOAD}"


def test_a_far_too_large_body_is_not_read_at_all(owner_client):
    stream = Mock(read=Mock(return_value=b"x"))
    headers = {"CONTENT_LENGTH": 10 * body_sizes.MOST_IGNORED, "wsgi.input": stream}
    assert owner_client.post(UPLOAD, **headers).status_code == 413
    stream.read.assert_not_called()


def test_bytes_beyond_the_limit_are_dropped():
    handler = uploads.CappedUploadHandler()
    handler.handle_raw_input()
    with pytest.raises(StopFutureHandlers):
        handler.new_file("photo", "spot.jpg", "image/jpeg", None)
    for start in range(0, 5 * LIMIT, 2**16):
        handler.receive_data_chunk(bytes(2**16), start)
    assert handler.file.tell() <= LIMIT + 2**16


def test_an_accepted_file_arrives_whole_and_only_in_memory(owner_client, settings, jpeg):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    form = posted_form(owner_client, jpeg + bytes(LIMIT - len(jpeg)))
    assert not form["photo"].errors
    assert isinstance(form.files["photo"], InMemoryUploadedFile)
    assert form.files["photo"].size == LIMIT
