import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from diagnosis.photos import orphans
from diagnosis.photos.encryption import EncryptedStorage
from tests.diagnosis.photos.test_photo_files import stored_files


def age(name, days):
    past = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(default_storage.path(name), (past, past))


@pytest.fixture
def orphan():
    return default_storage.save("ab/abc.jpg", ContentFile(b"photo"))


def test_a_photo_without_a_screening_is_removed_after_a_day(screening, orphan, home):
    for name in (
        orphan,
        *(str(getattr(screening, field)) for field in ("photo", "thumbnail", "views")),
    ):
        age(name, days=2)
    orphans.remove()
    assert not default_storage.exists(orphan)
    assert len(stored_files(home)) == 3


def test_a_new_photo_is_kept_since_its_screening_may_not_be_committed_yet(db, orphan):
    orphans.remove()
    assert default_storage.exists(orphan)


def test_the_age_of_a_file_is_requested_only_if_no_row_names_it(screening, orphan, monkeypatch):
    requested = []
    monkeypatch.setattr(
        EncryptedStorage,
        "get_modified_time",
        lambda _, name: requested.append(name) or timezone.now(),
    )
    orphans.remove()
    assert requested == [orphan]


def test_a_file_deleted_meanwhile_does_not_stop_the_removal(db, orphan, monkeypatch):
    monkeypatch.setattr(orphans, "stored_files", lambda: ["ab/deleted.jpg", orphan])
    age(orphan, days=2)
    orphans.remove()
    assert not default_storage.exists(orphan)


def test_an_installation_without_photos_has_no_orphans(db, home):
    orphans.remove()
    assert stored_files(home) == []
