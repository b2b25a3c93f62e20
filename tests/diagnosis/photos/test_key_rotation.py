"""Photo keys are introduced, rotated and lost."""

import io
import itertools
import logging
import os
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse

from diagnosis.classification import active_model, inference
from diagnosis.photos import key_rotation
from diagnosis.photos.encryption import MAGIC, EncryptedStorage, PhotoKeyError
from ml.serving.classifier import Classification
from tests.diagnosis.classification.test_inference import ANSWER

OLD, NEW = os.urandom(32), os.urandom(32)


@pytest.fixture
def use_keys(settings):
    """Use these keys from now on, as after a restart."""

    def with_keys(*keys):
        default = settings.STORAGES["default"]
        options = default["OPTIONS"] | {"keys": keys}
        settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": options}}

    return with_keys


@pytest.fixture
def model(monkeypatch):
    class Model:
        card = type("Card", (), {"version": "test-1"})

        def classify_view(self, *_):
            return Classification(**ANSWER)

    monkeypatch.setattr(active_model, "classifier", Model)


def rotate():
    printed = io.StringIO()
    call_command("rotate_photo_keys", stdout=printed)
    return printed.getvalue().strip()


def first_bytes():
    root = Path(default_storage.path(""))
    return [path.read_bytes()[: len(MAGIC)] for path in root.rglob("*.*")]


def test_photos_from_before_the_first_key_are_shown_and_then_encrypted(
    owner_client, screening, use_keys
):
    url, before = reverse("diagnosis:photo", args=[screening.pk]), screening.photo.read()
    use_keys(NEW)
    assert owner_client.get(url).getvalue() == before
    assert rotate() == "Files: 3 encrypted."
    assert first_bytes() == [MAGIC] * 3
    assert owner_client.get(url).getvalue() == before


def test_an_interrupted_rotation_continues(make, use_keys, monkeypatch):
    use_keys(OLD)
    for _ in range(2):
        make()
    use_keys(NEW, OLD)
    monkeypatch.setattr("diagnosis.photos.encryption.os.fsync", interrupt_the_third())
    with pytest.raises(KeyboardInterrupt):
        rotate()
    assert rotate() == "Files: 4 encrypted, 2 encrypted before."
    use_keys(NEW)
    assert rotate() == "Files: 6 encrypted before."


def interrupt_the_third():
    calls = itertools.count(1)

    def fsync(_):
        if next(calls) == 3:
            raise KeyboardInterrupt

    return fsync


def test_a_rotation_does_not_restore_photos_deleted_meanwhile(screening, use_keys, monkeypatch):
    use_keys(NEW)
    reencrypt = EncryptedStorage.reencrypt

    def delete_and_reencrypt(storage, name):
        screening.delete()
        return reencrypt(storage, name)

    monkeypatch.setattr(EncryptedStorage, "reencrypt", delete_and_reencrypt)
    rotate()
    assert not default_storage.exists(screening.photo.name)


def test_files_that_cannot_be_encrypted_again_are_counted(make, use_keys):
    use_keys(OLD)
    screening = make()
    default_storage.delete(screening.thumbnail.name)
    use_keys(NEW)
    with pytest.raises(CommandError, match="not encrypted with the first key"):
        rotate()


def test_a_rotation_without_a_key_names_the_command_that_makes_a_key(db):
    with pytest.raises(CommandError, match="make_photo_key"):
        rotate()


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("keys", [(), (NEW,)])
def test_a_photo_whose_key_is_missing_waits_and_is_not_lost(make, use_keys, caplog, keys):
    use_keys(OLD)
    screening = make()
    use_keys(*keys)
    for _ in range(5):
        inference.run(screening.pk)
    screening.refresh_from_db()
    assert (screening.status, screening.attempts) == ("pending", 0)
    assert {record.levelno for record in caplog.records} == {logging.CRITICAL}
    use_keys(NEW, OLD)
    inference.run(screening.pk)
    screening.refresh_from_db()
    assert screening.status == "done"


def test_the_key_of_the_newest_photo_is_checked_at_startup(make, use_keys):
    key_rotation.check_key()
    use_keys(OLD)
    make()
    key_rotation.check_key()
    use_keys(NEW)
    with pytest.raises(PhotoKeyError):
        key_rotation.check_key()


def test_verify_photos_decrypts_every_stored_file(make, use_keys, capsys):
    call_command("verify_photos")
    use_keys(NEW)
    make()
    call_command("verify_photos")
    assert capsys.readouterr().out == (
        "No files are stored.\nEvery stored file can be read: 3 readable.\n"
    )


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda _, use_keys: use_keys(OLD), "3 with a missing key"),
        (lambda path, _: path.unlink(), "1 missing, 2 readable"),
        (lambda path, _: path.write_bytes(path.read_bytes()[:-1]), "1 damaged, 2 readable"),
    ],
)
def test_an_unreadable_photo_is_reported(make, use_keys, harm, words):
    use_keys(NEW)
    photo = make().photo
    harm(Path(default_storage.path(photo.name)), use_keys)
    with pytest.raises(CommandError, match=rf"^Not every stored file can be read: {words}\.$"):
        call_command("verify_photos")
