from contextlib import suppress

import pytest
from django.db import IntegrityError

from diagnosis.classification import queue
from diagnosis.decoder import cleaning
from diagnosis.models import Answers, Lesion, Profile, Screening
from diagnosis.screenings import services
from tests.diagnosis.photos.test_photo_files import stored_files
from tests.factories import make_screening


@pytest.fixture
def photo():
    return cleaning.CleanPhoto(b"photo", b"thumbnail", 400, 300)


def test_a_new_screening_is_pending_with_all_its_data(owner, photo):
    screening = services.submit(
        Screening(capture="camera", note="left"),
        photo,
        Lesion(owner=owner, name="back"),
        by=owner,
    )
    screening.refresh_from_db()
    assert (screening.status, screening.attempts, screening.owner) == ("pending", 0, owner)
    assert (screening.capture, screening.lesion.name, screening.note) == ("camera", "back", "left")
    with screening.photo as original, screening.thumbnail as thumbnail:
        assert (original.read(), thumbnail.read()) == (b"photo", b"thumbnail")
    assert screening.sha256 == photo.sha256


def test_a_new_screening_is_queued_only_after_the_commit(
    owner, photo, published, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        screening = services.submit(
            Screening(capture="camera"), photo, Lesion(owner=owner), by=owner
        )
        assert published == []
    assert published == [screening.pk]


def test_a_new_screening_that_cannot_be_queued_is_kept(
    owner, photo, home, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(queue, "publish", lambda pk: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        services.submit(Screening(capture="camera"), photo, Lesion(owner=owner), by=owner)
    assert len(stored_files(home)) == 2


def test_a_new_screening_that_the_database_refuses_leaves_no_file(owner, home, published):
    impossible = cleaning.CleanPhoto(b"photo", b"thumbnail", -1, 300)
    with pytest.raises(IntegrityError):
        services.submit(Screening(capture="camera"), impossible, Lesion(owner=owner), by=owner)
    assert stored_files(home) == []
    assert not Screening.objects.exists()


def test_a_new_person_is_stored_with_their_first_photo_or_not_at_all(owner, photo):
    def send(photo):
        father = Profile(owner_id=owner.pk, name="my father", other_skin_type="VI")
        lesion = Lesion(owner=owner, profile=father)
        return services.submit(Screening(capture="camera"), photo, lesion, by=owner)

    with pytest.raises(IntegrityError):
        send(cleaning.CleanPhoto(b"photo", b"thumbnail", -1, 300))
    assert not Profile.objects.exists()
    assert send(photo).profile == send(photo).profile
    assert Profile.objects.get().skin_type == "VI"


def test_a_failed_screening_is_queued_again_with_new_attempts(
    owner, jpeg, published, django_capture_on_commit_callbacks
):
    screening = make_screening(owner, jpeg, "failed")
    with django_capture_on_commit_callbacks(execute=True):
        assert services.requeue(screening, by=owner)
    screening.refresh_from_db()
    assert (screening.status, screening.attempts, screening.failure) == ("pending", 0, "")
    assert published == [screening.pk]


@pytest.mark.parametrize("status", ["pending", "running", "done", "refused"])
def test_only_a_failed_screening_is_queued_again(
    owner, jpeg, status, published, django_capture_on_commit_callbacks
):
    screening = make_screening(owner, jpeg, status)
    with django_capture_on_commit_callbacks(execute=True):
        assert not services.requeue(screening, by=owner)
    screening.refresh_from_db()
    assert (screening.status, published) == (status, [])


def test_a_photo_of_a_known_lesion_joins_its_other_photos(owner, screening, photo):
    second = services.submit(Screening(capture="camera"), photo, screening.lesion, by=owner)
    assert list(screening.lesion.screenings.all()) == [second, screening]


def test_a_lesion_is_deleted_with_its_last_photo(owner, screening, photo):
    second = services.submit(Screening(capture="camera"), photo, screening.lesion, by=owner)
    services.withdraw(screening, by=owner)
    assert Lesion.objects.get() == second.lesion
    services.withdraw(second, by=owner)
    assert not Lesion.objects.exists()


def test_new_answers_replace_old_ones(screening):
    services.answer(screening, by=screening.owner, ticked={"bleeds": True, "is_large": False})
    services.answer(screening, by=screening.owner, ticked={"bleeds": False, "is_large": True})
    screening.refresh_from_db()
    assert screening.answers.ticked == ("is_large",)


def test_new_answers_are_compared_with_the_stored_answers_and_not_with_an_older_copy(screening):
    stale = Screening.objects.get(pk=screening.pk)
    assert stale.answers_urgency is None
    services.answer(screening, by=screening.owner, ticked={"bleeds": True})
    first = Answers.objects.get().asks_since
    services.answer(stale, by=screening.owner, ticked={"bleeds": True})
    assert Answers.objects.get().asks_since == first


@pytest.mark.parametrize(
    "describe",
    [
        lambda father, by: services.describe_person(father, by=by, skin_type="II"),
        lambda father, by: services.set_skin_type(father, "II", by=by),
    ],
)
def test_a_person_deleted_meanwhile_does_not_come_back(owner, describe):
    father = Profile.objects.create(owner=owner, name="my father", had_melanoma=True)
    Profile.objects.all().delete()
    with suppress(Profile.DoesNotExist):
        describe(father, owner)
    assert not Profile.objects.exists()
