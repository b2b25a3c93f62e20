from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db.models import F
from django.db.models.signals import post_delete
from django.urls import reverse

from diagnosis import tasks
from diagnosis.models import AuditEntry, Lesion, Screening
from diagnosis.privacy import retention
from tests.factories import make_histology, make_reminder, make_review


def delete_later():
    """Run the deletion as if 31 days had passed on the database's clock."""
    Screening.objects.update(finished_at=F("finished_at") - timedelta(days=31))
    retention.purge()


def statuses():
    return [screening.status for screening in Screening.objects.all()]


def test_a_refused_photo_is_deleted_with_its_files_and_spot_after_its_period(
    make, django_capture_on_commit_callbacks
):
    screening = make("refused")
    with django_capture_on_commit_callbacks(execute=True):
        delete_later()
    assert statuses() == []
    assert not Lesion.objects.exists()
    assert not default_storage.exists(screening.photo.name)
    assert not default_storage.exists(screening.thumbnail.name)


def test_the_deletion_is_audited_once(make):
    screening = make("refused")
    for _ in range(2):
        delete_later()
    entry = AuditEntry.objects.get(action="deletion")
    assert entry.subject == f"screening:{screening.pk}"
    assert (entry.actor, entry.detail) == (None, {"reason": "refused", "kept_days": 30})


def test_a_refused_photo_is_kept_until_its_period_is_over(make):
    screening = make("refused")
    Screening.objects.update(finished_at=screening.finished_at - timedelta(days=29, hours=23))
    tasks.purge_photos_task()
    assert statuses() == ["refused"]
    Screening.objects.update(finished_at=screening.finished_at - timedelta(days=30, hours=1))
    tasks.purge_photos_task()
    assert statuses() == []


def test_a_refused_photo_that_is_read_during_the_deletion_of_another_is_kept(make, reviewer):
    make("refused"), make("refused")

    def read_the_other(instance, **_):
        for other in Screening.objects.exclude(pk=instance.pk):
            make_review(other, reviewer)

    post_delete.connect(read_the_other, sender=Screening)
    try:
        delete_later()
    finally:
        post_delete.disconnect(read_the_other, sender=Screening)
    assert statuses() == ["refused"]
    assert AuditEntry.objects.filter(action="deletion").count() == 1


@pytest.mark.parametrize("status", ["pending", "running", "done", "failed"])
def test_only_refused_photos_are_deleted(make, status):
    make(status)
    delete_later()
    assert statuses() == [status]


@pytest.mark.parametrize(
    "use",
    [
        make_review,
        lambda screening, _: make_histology(screening.lesion),
        lambda screening, _: make_reminder(screening.lesion),
    ],
)
def test_a_photo_with_a_reading_biopsy_or_reminder_is_kept(make, reviewer, use):
    use(make("refused"), reviewer)
    delete_later()
    assert statuses() == ["refused"]


def test_a_spot_with_other_photos_is_kept(make):
    kept = make("done")
    make("refused", lesion=kept.lesion)
    delete_later()
    assert statuses() == ["done"]
    assert Lesion.objects.get() == kept.lesion


def test_a_run_deletes_a_limited_number_of_photos(make, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    make("refused")
    make("refused")
    delete_later()
    assert statuses() == ["refused"]


def test_the_page_about_data_names_the_period(owner_client, settings):
    settings.KEEP_REFUSED = timedelta(days=12)
    page = owner_client.get(reverse("diagnosis:data")).content.decode()
    assert "12 days" in page
