"""Deleted photos are gone, and no waiting job brings anything back."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import QuerySet
from django.db.models.signals import pre_delete
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.privacy import deletion as accounts_deletion
from accounts.signals import deletion_begins
from diagnosis import tasks
from diagnosis.classification import active_model, inference
from diagnosis.lesions import services as lesion_services
from diagnosis.models import Answers, AuditEntry, Lesion, Prediction, Profile, Screening
from diagnosis.photos import orphans
from diagnosis.privacy import deletion
from diagnosis.review import services as reviewing
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
    monkeypatch.setattr(active_model, "classifier", lambda: model)
    return model


@pytest.fixture(params=WAYS)
def deleted(request, owner_client, screening, django_capture_on_commit_callbacks):
    """A screening that waited to be read when its owner deleted it."""
    services.answer(screening, by=screening.owner, ticked={"bleeds": True})
    with django_capture_on_commit_callbacks(execute=True):
        owner_client.post(WAYS[request.param](screening), {"password": PASSWORD})
    return screening


def test_deleting_removes_rows_and_files_and_is_audited(deleted, home):
    remaining = [
        table for table in (Screening, Lesion, Answers, Prediction) if table.objects.exists()
    ]
    assert (remaining, stored_files(home)) == ([], [])
    assert AuditEntry.objects.first().action == "deletion"


@pytest.mark.parametrize("way", ["photo", "lesion"])
@pytest.mark.parametrize("name_and_counts", [("my father", [1, 0]), ("", [1, 1])])
def test_another_persons_profile_is_deleted_with_their_last_spot(
    client, owner, make, way, name_and_counts
):
    client.force_login(owner)
    name, expected = name_and_counts
    person = Profile.objects.create(owner=owner, name=name, birth_year=1944)
    photos = [make(lesion=Lesion(owner=owner, profile=person)) for _ in range(2)]
    counts = []
    for photo in photos:
        client.post(WAYS[way](photo))
        counts.append(Profile.objects.filter(pk=person.pk).count())
    assert counts == expected


def test_a_job_for_a_deleted_photo_does_nothing(deleted, model, published, home):
    entries = AuditEntry.objects.count()
    tasks.diagnose_screening_task(str(deleted.pk))
    tasks.sweep_screenings_task()
    orphans.remove()
    assert (model.calls, published, AuditEntry.objects.count()) == (0, [], entries)
    assert (list(Screening.objects.all()), stored_files(home)) == ([], [])


def test_a_running_job_for_a_deleted_photo_writes_nothing(screening, model, home):
    def delete():
        services.withdraw(screening, by=screening.owner)

    model.meanwhile = delete
    inference.run(screening.pk)
    assert model.calls == 1
    assert not Prediction.objects.exists()
    assert AuditEntry.objects.first().action == "deletion"


def test_a_job_whose_photo_is_deleted_before_opening_does_nothing(screening, model, monkeypatch):
    def delete(*_):
        screening.delete()
        raise FileNotFoundError

    monkeypatch.setattr(inference, "classify", delete)
    inference.run(screening.pk)
    assert not Screening.objects.exists()


def unconfirmed(owner):
    User.objects.filter(pk=owner.pk).update(date_joined=timezone.now() - timedelta(days=8))
    EmailAddress.objects.all().delete()
    accounts_deletion.forget_unconfirmed()


ENDS = {
    "photo": deletion.delete_screening,
    "spot": lambda photo: deletion.delete_lesion(photo.lesion),
    "account": lambda photo: photo.owner.delete(),
    "account never confirmed": lambda photo: unconfirmed(photo.owner),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_photo_is_locked_before_its_files_are_listed(screening, monkeypatch, end):
    """Otherwise a file that a worker adds meanwhile would be left behind."""
    locked, lock = [], QuerySet.select_for_update

    def note(rows, **options):
        locked.append(rows.model)
        return lock(rows, **options)

    def check(**_):
        assert Screening in locked

    monkeypatch.setattr(QuerySet, "select_for_update", note)
    pre_delete.connect(check, sender=Screening)
    try:
        ENDS[end](Screening.objects.get(pk=screening.pk))
    finally:
        pre_delete.disconnect(check, sender=Screening)
    assert not Screening.objects.exists()


def test_deleting_several_accounts_in_the_admin_announces_each_deletion(
    client, superuser, screening, stranger, monkeypatch
):
    announced = []
    monkeypatch.setattr(deletion_begins, "send", lambda _, user: announced.append(user.email))
    client.force_login(superuser)
    chosen = [screening.owner.pk, stranger.pk]
    answers = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    client.post(reverse("admin:accounts_user_changelist"), answers)
    assert sorted(announced) == ["olga@example.org", "sam@example.org"]
    assert not Screening.objects.exists()


@pytest.mark.parametrize("end", ["photo", "spot", "account", "reading", "answer"])
def test_no_row_is_locked_after_the_trail(screening, reviewer, end):
    """Workers lock a photo first and then the trail. The reverse order could cause a deadlock."""
    lesion, person = screening.lesion, screening.owner
    acts = {
        "photo": lambda: deletion.delete_screening(screening),
        "spot": lambda: lesion_services.withdraw_lesion(lesion, by=person),
        "account": person.delete,
        "reading": lambda: reviewing.record_reading(screening, by=reviewer, verdict="soon"),
        "answer": lambda: services.answer(screening, by=person, ticked={"bleeds": True}),
    }
    with CaptureQueriesContext(connection) as queries:
        acts[end]()
    statements = [query["sql"] for query in queries]
    last = max(n for n, sql in enumerate(statements) if 'UPDATE "diagnosis_audithead"' in sql)
    later = [sql for sql in statements[last:] if sql.startswith(("DELETE", "UPDATE"))]
    assert [sql for sql in later if "audithead" not in sql] == []
