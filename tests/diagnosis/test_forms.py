import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from diagnosis.forms import HistoryFilter, UploadForm
from diagnosis.models import Screening
from diagnosis.texts import IMAGE_FAULTS
from ml.images import MAX_BYTES, ImageFault
from tests.factories import encoded

ANSWERS = {"capture": "camera", "body_site": "back", "note": "left"}
GREY = Image.new("RGB", (120, 120), "grey")
UNUSABLE = {
    ImageFault.NOT_AN_IMAGE: b"no photo",
    ImageFault.TRUNCATED: encoded(GREY)[:300],
    ImageFault.ANIMATED: encoded(
        GREY, "WEBP", save_all=True, append_images=[GREY.rotate(1, fillcolor="red")]
    ),
    ImageFault.TOO_LARGE: bytes(MAX_BYTES + 1),
    ImageFault.TOO_MANY_PIXELS: encoded(Image.new("1", (7100, 7100)), "PNG"),
    ImageFault.TOO_SMALL: encoded(Image.new("RGB", (99, 99))),
}


def form_with(data, name="spot.jpg", **answers):
    return UploadForm(ANSWERS | answers, {"photo": SimpleUploadedFile(name, data)})


def test_there_is_an_unusable_file_of_each_kind():
    assert set(UNUSABLE) == set(ImageFault)


@pytest.mark.parametrize("fault", UNUSABLE)
def test_each_unusable_file_has_its_own_message_beside_the_photo(fault):
    assert form_with(UNUSABLE[fault]).errors == {"photo": [IMAGE_FAULTS[fault]]}


def test_an_empty_file_has_its_own_message():
    assert form_with(b"").errors == {"photo": ["This file is empty. Choose the photo again."]}


@pytest.mark.parametrize("name", ["spot.exe", "photo", "../../etc/passwd", "é" * 200 + ".jpg"])
def test_the_name_of_a_file_does_not_matter(jpeg, name):
    assert form_with(jpeg, name).is_valid()


def test_a_photo_and_how_it_was_taken_are_asked_for():
    errors = UploadForm({}, {}).errors
    assert set(errors) == {"photo", "capture"}
    assert errors["photo"] == ["Choose a photo first."]


@pytest.mark.parametrize(
    ("field", "value"), [("capture", "x-ray"), ("body_site", "shoe"), ("note", "x" * 501)]
)
def test_an_answer_that_is_not_on_offer_is_refused(jpeg, field, value):
    assert set(form_with(jpeg, **{field: value}).errors) == {field}


def test_saving_submits_what_was_answered(owner, jpeg):
    form = form_with(jpeg)
    assert form.is_valid()
    screening = form.save(by=owner)
    assert {name: getattr(screening, name) for name in ANSWERS} == ANSWERS


@pytest.mark.parametrize(
    ("query", "is_narrowed"),
    [({}, 0), ({"page": "2"}, 0), ({"tier": ""}, 0), ({"tier": "lower"}, 1)],
)
@pytest.mark.django_db
def test_a_history_is_narrowed_by_a_filter_that_is_set(query, is_narrowed):
    chosen = HistoryFilter(query, Screening.objects.none())
    assert chosen.is_narrowed == bool(is_narrowed)
