import pytest
from django.core.files.storage import default_storage

from diagnosis.classification import active_model, inference
from diagnosis.models import Screening
from diagnosis.photos.folder import FolderAwayError
from tests.diagnosis.classification.test_inference import FakeClassifier


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_folder_that_is_not_mounted_is_not_a_missing_file(home, is_empty):
    if is_empty:
        (home / "photos").mkdir()
    with pytest.raises(FolderAwayError, match="photos is missing or empty"):
        default_storage.open("ab/abc.jpg")


def test_a_photo_waits_while_the_folder_is_not_mounted(make, home, monkeypatch):
    monkeypatch.setattr(active_model, "classifier", FakeClassifier)
    screening = make()
    (home / "photos").rename(home / "unmounted")
    inference.run(screening.pk)
    screening.refresh_from_db()
    assert (screening.status, screening.attempts) == ("pending", 0)


def test_no_photo_is_written_below_the_mount_of_the_earlier_photos(make, home):
    make()
    (home / "photos").rename(home / "unmounted")
    (home / "photos").mkdir()
    with pytest.raises(FolderAwayError):
        make()
    assert not any((home / "photos").iterdir())
    assert Screening.objects.count() == 1
