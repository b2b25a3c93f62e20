import re

import pytest
from django.urls import reverse
from PIL import Image

from diagnosis.models import Answers, Profile, Screening
from diagnosis.screenings.crop_form import CropForm
from tests.factories import make_screening
from tests.test_requests import UNUSUAL

FRAME = {"left": "0", "top": "0", "width": "70", "height": "90"}


@pytest.fixture
def refused(make):
    return make("refused", refusal="several_spots")


def address(screening):
    return reverse("diagnosis:crop", args=[screening.pk])


def test_the_frame_becomes_a_new_photo_of_the_same_spot(owner_client, refused):
    response = owner_client.post(address(refused), FRAME)
    cropped = Screening.objects.exclude(pk=refused.pk).get()
    assert response.url == cropped.get_absolute_url()
    assert (cropped.lesion, cropped.capture) == (refused.lesion, refused.capture)
    with Image.open(cropped.photo) as image:
        assert image.size == (round(0.7 * refused.width), round(0.9 * refused.height))
    assert cropped.status == "pending"


def test_a_photo_is_cropped_in_the_decoder_process(owner_client, refused, monkeypatch):
    monkeypatch.setattr(Image, "frombytes", lambda *_: pytest.fail("pixels in the web process"))
    owner_client.post(address(refused), FRAME)
    assert Screening.objects.count() == 2


def test_a_double_click_sends_one_photo(owner_client, refused):
    page = owner_client.get(address(refused)).content.decode()
    key = re.search(r'name="key" value="([\w-]+)"', page)[1]
    urls = {owner_client.post(address(refused), FRAME | {"key": key}).url for _ in range(2)}
    assert len(urls) == 1
    assert Screening.objects.count() == 2


@pytest.mark.parametrize(
    "fields", [{}, {"left": "x"}, {"width": "5", "height": "5"}, {"left": "101"}, {"width": "nan"}]
)
def test_an_invalid_frame_is_explained_and_nothing_is_stored(owner_client, refused, fields):
    data = (FRAME | fields) if fields else {}
    page = owner_client.post(address(refused), data).content.decode()
    assert "frame" in page
    assert 'class="errorlist' in page
    assert Screening.objects.count() == 1


@pytest.mark.parametrize("name", [*FRAME, "key"])
def test_no_value_causes_a_server_error(owner_client, refused, name):
    for odd in UNUSUAL:
        response = owner_client.post(address(refused), FRAME | {name: odd})
        assert response.status_code < 500, odd


def test_a_frame_beyond_the_photo_is_clipped(refused):
    form = CropForm({**FRAME, "left": "20", "width": "100"}, screening=refused)
    assert form.is_valid()


@pytest.mark.parametrize("status", ["pending", "done", "failed"])
def test_only_refused_photos_can_be_cropped(owner_client, make, status):
    assert owner_client.get(address(make(status))).status_code == 404


def test_somebody_elses_photo_is_not_found(client, stranger, reviewer, refused):
    for user in (stranger, reviewer):
        client.force_login(user)
        assert client.post(address(refused), FRAME).status_code == 404


def test_the_page_of_a_refused_photo_offers_cropping(owner_client, refused):
    page = owner_client.get(refused.get_absolute_url()).content.decode()
    assert address(refused) in page
    assert "<noscript>" in owner_client.get(address(refused)).content.decode()


def test_an_urgent_answer_does_not_hide_the_link_to_crop_a_refused_photo(owner_client, refused):
    Answers.objects.create(screening=refused, bleeds=True)
    page = owner_client.get(refused.get_absolute_url()).content.decode()
    assert "You told us that it bleeds" in page
    assert f'href="{address(refused)}"' in page


def test_lost_photos_cannot_be_cropped(owner_client, refused):
    refused.photo.storage.delete(refused.photo.name)
    response = owner_client.post(address(refused), FRAME, follow=True)
    assert "that is our fault" in response.content.decode()


def test_a_cropped_photo_keeps_its_person(owner_client, owner, jpeg):
    other = Profile.objects.create(owner=owner, name="Partner")
    refused = make_screening(owner, jpeg, "refused")
    refused.lesion.profile = other
    refused.lesion.save()
    owner_client.post(address(refused), FRAME)
    assert Screening.objects.exclude(pk=refused.pk).get().profile == other
