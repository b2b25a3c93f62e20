import itertools
import os
from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery.exceptions import SoftTimeLimitExceeded
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
    listed = {"": (["ab"], []), "ab": ([], ["deleted.jpg", "abc.jpg"])}
    monkeypatch.setattr(EncryptedStorage, "listdir", lambda _, name: listed[name])
    age(orphan, days=2)
    orphans.remove()
    assert not default_storage.exists(orphan)


def make_old_orphans():
    for folder in ("ab", "ac", "bb", "bc"):
        age(default_storage.save(f"{folder}/abc.jpg", ContentFile(b"photo")), days=2)


def test_a_run_that_is_cut_off_has_removed_what_it_found(db, home, monkeypatch):
    make_old_orphans()
    listdir, listed = EncryptedStorage.listdir, []

    def slow(storage, name):
        listed.append(name)
        if len(listed) == 3:
            raise SoftTimeLimitExceeded
        return listdir(storage, name)

    monkeypatch.setattr(EncryptedStorage, "listdir", slow)
    with pytest.raises(SoftTimeLimitExceeded):
        orphans.remove()
    assert not default_storage.exists(f"{listed[1]}/abc.jpg")
    assert len(stored_files(home)) == 3


def test_runs_that_end_early_reach_every_folder(db, home, monkeypatch):
    make_old_orphans()
    # A run has time for one folder.
    clock = itertools.cycle([0, 0, orphans.ENOUGH + 1])
    monkeypatch.setattr(orphans, "time", SimpleNamespace(monotonic=clock.__next__))
    orphans.remove()
    assert len(stored_files(home)) == 3
    # The folder is chosen by chance. That no run chooses some folder is as good as impossible.
    for _ in range(200):
        orphans.remove()
    assert stored_files(home) == []


def test_an_installation_without_photos_has_no_orphans(db, home):
    orphans.remove()
    assert stored_files(home) == []
