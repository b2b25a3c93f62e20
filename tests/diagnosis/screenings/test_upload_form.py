import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from diagnosis.models import Lesion, Screening
from diagnosis.screenings.texts import IMAGE_FAULTS
from diagnosis.screenings.upload_form import SpotChoice, UploadForm
from ml.preprocessing.file_size import MAX_BYTES
from ml.preprocessing.images import ImageFault
from tests.factories import encoded, make_screening

PLACE = {"name": "near the spine", "body_site": "arm", "side": "left"}
ANSWERS = {"capture": "camera", "note": "itches", **PLACE}
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


pytestmark = pytest.mark.django_db


@pytest.fixture
def form_with(owner):
    def make(data, file="spot.jpg", **answers):
        return UploadForm(ANSWERS | answers, {"photo": SimpleUploadedFile(file, data)}, by=owner)

    return make


def test_every_fault_has_an_unusable_file():
    assert set(UNUSABLE) | {ImageFault.TOO_DEMANDING} == set(ImageFault)


@pytest.mark.parametrize("fault", UNUSABLE)
def test_each_unusable_file_has_its_own_message_beside_the_photo(form_with, fault):
    assert form_with(UNUSABLE[fault]).errors == {"photo": [IMAGE_FAULTS[fault]]}


def test_a_photo_that_crashes_the_decoder_has_its_own_message(form_with, jpeg, no_decoder):
    message = IMAGE_FAULTS[ImageFault.TOO_DEMANDING]
    assert form_with(jpeg).errors == {"photo": [message]}


def test_no_skin_colour_is_preselected(owner, form_with, jpeg):
    assert "checked" not in str(UploadForm(by=owner)["skin_type"])
    for choice, stored in (("unsaid", ""), ("", ""), ("IV", "IV")):
        form = form_with(jpeg, skin_type=choice)
        assert form.is_valid()
        assert form.cleaned_data["skin_type"] == stored


def test_an_empty_file_has_its_own_message(form_with):
    assert form_with(b"").errors == {"photo": ["This file is empty. Choose the photo again."]}


@pytest.mark.parametrize("name", ["spot.exe", "photo", "../../etc/passwd", "é" * 200 + ".jpg"])
def test_the_name_of_a_file_does_not_matter(form_with, jpeg, name):
    assert form_with(jpeg, name).is_valid()


def test_photo_and_kind_of_photo_are_required(owner):
    errors = UploadForm({}, {}, by=owner).errors
    assert set(errors) == {"photo", "capture"}
    assert errors["photo"] == ["Choose a photo first."]


@pytest.mark.parametrize(
    ("field", "value"), [("capture", "x-ray"), ("body_site", "shoe"), ("note", "x" * 501)]
)
def test_an_answer_that_is_not_offered_is_refused(form_with, jpeg, field, value):
    assert set(form_with(jpeg, **{field: value}).errors) == {field}


def test_saving_submits_the_answers(form_with, jpeg):
    form = form_with(jpeg)
    assert form.is_valid()
    screening = form.save()
    assert (screening.capture, screening.note) == ("camera", "itches")
    assert {name: getattr(screening.lesion, name) for name in PLACE} == PLACE


def test_a_photo_of_a_known_lesion_makes_no_new_lesion(form_with, screening, jpeg):
    form = form_with(jpeg, lesion=screening.lesion.pk)
    assert form.is_valid()
    assert form.save().lesion == screening.lesion
    assert not Lesion.objects.get().name


def test_unnamed_spots_are_numbered(form_with, make, jpeg):
    first, second = make().lesion, make().lesion
    Lesion.objects.filter(pk=first.pk).update(body_site="back")
    Lesion.objects.filter(pk=second.pk).update(name="near the spine")
    words = [label for _, label in form_with(jpeg)["lesion"].field.choices]
    assert words == ["A new spot", "near the spine", "Spot 1, back"]


def test_somebody_elses_lesion_is_not_offered(form_with, screening, stranger, jpeg):
    strangers_lesion = make_screening(stranger, jpeg).lesion
    assert set(form_with(jpeg, lesion=strangers_lesion.pk).errors) == {"lesion"}


def test_a_side_without_a_place_is_reported_at_the_place(form_with, jpeg):
    assert set(form_with(jpeg, body_site="").errors) == {"body_site"}


def offered(form):
    return [choice.data["value"] for choice in form["lesion"]]


@pytest.fixture
def four_spots(make, monkeypatch):
    monkeypatch.setattr(SpotChoice, "most", 2)
    return [str(make("done").lesion_id) for _ in range(4)]


def test_the_newest_spots_are_offered(owner, four_spots):
    oldest_first = four_spots
    assert [*map(str, offered(UploadForm(by=owner)))] == ["", oldest_first[3], oldest_first[2]]


def test_an_older_spot_is_offered_if_it_is_chosen(owner, form_with, four_spots, jpeg):
    oldest = four_spots[0]
    for form in (UploadForm(by=owner, initial={"lesion": oldest}), form_with(b"", lesion=oldest)):
        assert str(offered(form)[-1]) == oldest
        assert [c.data["value"] for c in form["lesion"] if c.data["selected"]] == [
            offered(form)[-1]
        ]
    sent = form_with(jpeg, lesion=oldest)
    assert sent.is_valid()
    assert str(sent.save().lesion_id) == oldest


@pytest.mark.parametrize("chosen", ["", "no-key", "6b1c5c0e-6e0b-4b4a-9a53-0c8f5b1d2a11"])
def test_a_choice_that_is_not_a_spot_adds_no_choice(owner, four_spots, chosen):
    assert len(offered(UploadForm(by=owner, initial={"lesion": chosen}))) == 3


def test_a_strangers_spot_cannot_be_chosen(owner, four_spots, stranger, jpeg):
    strangers_spot = make_screening(stranger, jpeg).lesion_id
    assert len(offered(UploadForm(by=owner, initial={"lesion": strangers_spot}))) == 3


def test_the_page_shows_the_newest_photo_of_a_chosen_older_spot(owner_client, four_spots):
    photo = Screening.objects.get(lesion=four_spots[0])
    page = owner_client.get("/screenings/new/", {"lesion": four_spots[0]}).text
    assert reverse("diagnosis:thumbnail", args=[photo.pk]) in page


def test_the_page_says_where_older_spots_are(owner_client, four_spots):
    link = "An older spot? Choose it under"
    assert link in owner_client.get("/screenings/new/").content.decode()
    Lesion.objects.filter(pk__in=four_spots[:2]).delete()
    assert link not in owner_client.get("/screenings/new/").content.decode()
