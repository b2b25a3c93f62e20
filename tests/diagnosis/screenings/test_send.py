"""Requests of the upload page's script: one photo each, with a key."""

import gc
import re
import weakref
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from diagnosis.audit import merged_spots
from diagnosis.decoder import cleaning
from diagnosis.lesions import moving
from diagnosis.lesions import services as lesion_services
from diagnosis.models import AuditEntry, Lesion, Screening
from diagnosis.photos import photo_decoder, photo_files
from diagnosis.screenings import services
from diagnosis.screenings.texts import IMAGE_FAULTS, SPOT_GONE
from ml.preprocessing.images import ImageFault
from tests.diagnosis.photos.test_photo_files import stored_files
from tests.factories import encoded, make_screening
from tests.pictures import dermoscopy_like

SEND = reverse("diagnosis:send")
PHOTO = cleaning.CleanPhoto(b"photo", b"thumbnail", 400, 300)


@pytest.fixture
def send(owner_client, jpeg):
    def send(content=jpeg, **fields):
        photo = SimpleUploadedFile("spot.jpg", content, "image/jpeg")
        answers = {"photo": photo, "capture": "camera", "key": uuid4().hex}
        return owner_client.post(SEND, answers | fields)

    return send


def submit(by, key):
    return services.submit(
        Screening(capture="camera", upload_key=key), PHOTO, Lesion(owner=by), by=by
    )


def test_the_response_links_to_the_photo_and_its_spot(send):
    answer = send().json()
    screening = Screening.objects.get()
    expected = {"url": screening.get_absolute_url(), "lesion": str(screening.lesion_id)}
    assert answer == expected


@pytest.fixture
def without_collections():
    """Stop the garbage collector, so that only the end of the last reference frees an object."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("fields", [{}, {"capture": ""}, {"side": "left"}])
def test_no_photo_is_in_memory_after_the_answer(send, fields, without_collections, monkeypatch):
    photos, clean = [], photo_decoder.clean

    def note(upload):
        photo = clean(upload)
        photos.append(weakref.ref(photo))
        return photo

    monkeypatch.setattr(photo_decoder, "clean", note)
    send(**fields)
    assert [photo() for photo in photos] == [None]


def test_the_next_photo_joins_the_spot_of_the_first(send):
    lesion = send().json()["lesion"]
    assert send(lesion=lesion).json()["lesion"] == lesion
    assert Lesion.objects.get().screenings.count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"content": b"no photo"}, "photo"),
        ({"capture": ""}, "capture"),
        ({"key": "x"}, "key"),
        ({"side": "left"}, "body_site"),
    ],
)
def test_an_invalid_upload_is_answered_with_the_reason(send, fields, field):
    response = send(**fields)
    assert response.status_code == 422
    assert list(response.json()["errors"]) == [field]
    assert not Screening.objects.exists()


def test_the_reason_has_the_same_words_as_on_the_page(send):
    (error,) = send(content=b"no photo").json()["errors"]["photo"]
    assert error["message"] == IMAGE_FAULTS[ImageFault.NOT_AN_IMAGE]


def test_a_photo_sent_twice_is_one_screening(send, home):
    key = uuid4().hex
    first, second = send(key=key), send(key=key)
    assert first.json() == second.json()
    assert (Screening.objects.count(), Lesion.objects.count()) == (1, 1)
    assert len(stored_files(home)) == 3
    assert [entry.action for entry in AuditEntry.objects.all()] == ["upload"]


def test_another_photo_under_the_same_key_is_not_lost(send):
    key = uuid4().hex
    other = encoded(dermoscopy_like(seed=8, size=(160, 120)))
    assert send(key=key).json() != send(other, key=key).json()
    assert Screening.objects.count() == 2


def test_a_double_click_without_javascript_is_one_screening(owner_client, jpeg):
    page = owner_client.get(reverse("diagnosis:upload"))
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', page.content.decode())[1]
    for _ in range(2):
        photo = SimpleUploadedFile("spot.jpg", jpeg, "image/jpeg")
        answers = {"photo": photo, "capture": "camera", "key": key}
        owner_client.post(reverse("diagnosis:upload"), answers)
    assert Screening.objects.count() == 1
    assert key not in owner_client.get(reverse("diagnosis:upload")).content.decode()


def test_two_people_may_use_the_same_key(owner, stranger):
    key = uuid4()
    assert submit(owner, key).owner == owner
    assert submit(stranger, key).owner == stranger


def test_photos_without_a_key_are_different_photos(owner):
    assert submit(owner, None) != submit(owner, None)


def test_the_database_accepts_a_key_once_per_owner(owner):
    first, second = submit(owner, uuid4()), submit(owner, uuid4())
    with pytest.raises(IntegrityError), transaction.atomic():
        Screening.objects.filter(pk=second.pk).update(upload_key=first.upload_key)


@pytest.fixture
def spots(owner, make):
    """A spot with a photo, and another spot into which it can be merged."""
    return make("done").lesion, make("done").lesion


def merge(spot, target, owner):
    moving.move_photos(list(spot.screenings.all()), target, by=owner)


@pytest.fixture
def meanwhile(monkeypatch):
    """Run a function after the photo was decoded, and before its row is stored."""
    stored = photo_files.stored

    def use(act):
        def act_and_store(photo):
            act()
            return stored(photo)

        monkeypatch.setattr(photo_files, "stored", act_and_store)

    return use


def test_another_photo_under_a_key_that_is_used_at_the_same_time_is_not_lost(
    owner, send, meanwhile
):
    key = uuid4()
    sent = []
    # Once: the second attempt to store the photo finds the row.
    meanwhile(lambda: sent or sent.append(key) or submit(owner, key))
    assert send(key=key.hex).status_code == 200
    assert Screening.objects.count() == 2
    assert Lesion.objects.filter(screenings__isnull=False).distinct().count() == 2


@pytest.mark.parametrize("is_during_the_upload", [True, False])
def test_a_photo_for_a_merged_spot_joins_the_other_spot(
    send, spots, owner, meanwhile, is_during_the_upload
):
    merged, other = spots
    first, pk = Lesion.objects.create(owner=owner), merged.pk
    first_pk = first.pk
    make_screening(owner, encoded(dermoscopy_like(3, (160, 120))), lesion=first)
    merge(first, merged, owner)

    def merge_again():
        merge(merged, other, owner)

    meanwhile(merge_again) if is_during_the_upload else merge_again()
    assert send(lesion=pk).json()["lesion"] == str(other.pk)
    # A spot that was merged twice leads to the last spot, too.
    assert merged_spots.successor(first_pk) == other


@pytest.mark.parametrize("is_during_the_upload", [True, False])
@pytest.mark.parametrize("page", [SEND, reverse("diagnosis:upload")])
def test_a_photo_for_a_deleted_spot_is_answered_with_the_form(
    owner_client, spots, meanwhile, is_during_the_upload, page
):
    (deleted, other), pk = spots, spots[0].pk
    photo = SimpleUploadedFile("spot.jpg", encoded(dermoscopy_like(4, (160, 120))), "image/jpeg")

    def delete():
        lesion_services.withdraw_lesion(deleted, by=deleted.owner)

    meanwhile(delete) if is_during_the_upload else delete()
    answer = owner_client.post(page, {"photo": photo, "capture": "camera", "lesion": pk})
    assert answer.status_code == (422 if page == SEND else 200)
    assert str(SPOT_GONE) in answer.content.decode()
    assert Screening.objects.get().lesion == other
