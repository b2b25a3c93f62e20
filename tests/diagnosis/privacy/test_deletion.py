"""What is deleted is gone, and no job that still waits for it brings anything back."""

import pytest
from django.urls import reverse

from diagnosis import tasks
from diagnosis.classification import inference
from diagnosis.models import Answers, AuditEntry, Lesion, Prediction, Profile, Screening
from diagnosis.photos import orphans
from diagnosis.screenings import services
from tests.diagnosis.classification.test_inference import FakeClassifier
from tests.diagnosis.photos.test_photo_files import stored_files
from tests.factories import PASSWORD

WAYS = {
    "photo": lambda screening: reverse("diagnosis:delete", args=[screening.pk]),
    "lesion": lambda screening: reverse("diagnosis:lesion_delete", args=[screening.lesion_id]),
    "account": lambda _: reverse("accounts:delete"),
}


@pytest.fixture
def model(monkeypatch):
    model = FakeClassifier()
    monkeypatch.setattr(inference, "classifier", lambda: model)
    return model


@pytest.fixture(params=WAYS)
def deleted(request, owner_client, screening, django_capture_on_commit_callbacks):
    """A screening that waited to be read when its owner deleted it."""
    services.answer(screening, by=screening.owner, ticked={"bleeds": True})
    with django_capture_on_commit_callbacks(execute=True):
        owner_client.post(WAYS[request.param](screening), {"password": PASSWORD})
    return screening


def test_deleting_takes_rows_and_files_away_and_is_written_down(deleted, home):
    left = [one for one in (Screening, Lesion, Answers, Prediction) if one.objects.exists()]
    assert (left, stored_files(home)) == ([], [])
    assert AuditEntry.objects.first().action == "deletion"


@pytest.mark.parametrize("way", ["photo", "lesion"])
@pytest.mark.parametrize("kept", [("my father", [1, 0]), ("", [1, 1])])
def test_what_was_told_of_somebody_else_goes_with_their_last_spot(client, owner, make, way, kept):
    client.force_login(owner)
    name, left = kept
    person = Profile.objects.create(owner=owner, name=name, birth_year=1944)
    photos = [make(lesion=Lesion(owner=owner, profile=person)) for _ in range(2)]
    found = []
    for photo in photos:
        client.post(WAYS[way](photo))
        found.append(Profile.objects.filter(pk=person.pk).count())
    assert found == left


def test_a_job_for_what_was_deleted_does_nothing(deleted, model, published, home):
    entries = AuditEntry.objects.count()
    tasks.diagnose_screening_task(str(deleted.pk))
    tasks.sweep_screenings_task()
    orphans.remove()
    assert (model.calls, published, AuditEntry.objects.count()) == (0, [], entries)
    assert (list(Screening.objects.all()), stored_files(home)) == ([], [])


def test_a_job_that_was_at_work_writes_nothing(screening, model, home):
    def delete():
        services.withdraw(screening, by=screening.owner)

    model.meanwhile = delete
    inference.run(screening.pk)
    assert model.calls == 1
    assert not Prediction.objects.exists()
    assert AuditEntry.objects.first().action == "deletion"


def test_a_job_whose_photo_goes_before_it_is_opened_does_nothing(screening, model, monkeypatch):
    def delete(*_):
        screening.delete()
        raise FileNotFoundError

    monkeypatch.setattr(inference, "classify", delete)
    inference.run(screening.pk)
    assert not Screening.objects.exists()
