import io
import os
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.core.management import call_command

from diagnosis.photos import encryption
from diagnosis.photos.encryption import DamagedFileError, EncryptedStorage, PhotoKeyError
from skinscreen.environment import env

OLD, NEW = os.urandom(32), os.urandom(32)
PHOTO = b"\xff\xd8 what a person sent"


class ObjectStore(Storage):
    """Like S3: no paths, and a name that is stored again is replaced."""

    def __init__(self):
        self.objects = {}

    def _open(self, name, mode):
        return ContentFile(self.objects[name])

    def _save(self, name, content):
        self.objects[name] = content.read()
        return name

    def exists(self, name):
        return name in self.objects


@pytest.fixture
def storage(tmp_path):
    """Return the storage as it is with some keys, over one folder."""
    inner = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "sealed"},
    }
    return lambda *keys: EncryptedStorage(inner=inner, keys=keys)


def raw(storage, name):
    return Path(storage.path(name)).read_bytes()


def test_a_file_is_unreadable_on_disk_and_read_as_it_was(storage):
    sealed = storage(NEW)
    name = sealed.save("ab/one.jpg", ContentFile(PHOTO))
    assert b"person" not in raw(sealed, name)
    with sealed.open(name) as file:
        assert (file.read(), file.tell()) == (PHOTO, len(PHOTO))
    assert sealed.size(name) == len(PHOTO)


def test_the_same_content_is_never_the_same_on_disk(storage):
    sealed = storage(NEW)
    names = [sealed.save(f"{n}.jpg", ContentFile(PHOTO)) for n in range(2)]
    assert len({raw(sealed, name) for name in names}) == 2


def test_without_keys_files_are_as_they_always_were(storage):
    plain = storage()
    assert raw(plain, plain.save("one.jpg", ContentFile(PHOTO))) == PHOTO


def test_files_from_before_and_of_an_older_key_are_read(storage):
    storage().save("before.jpg", ContentFile(PHOTO))
    storage(OLD).save("older.jpg", ContentFile(PHOTO))
    both = storage(NEW, OLD)
    assert both.open("before.jpg").read() == both.open("older.jpg").read() == PHOTO


@pytest.mark.parametrize("keys", [(), (NEW,)])
def test_a_key_that_is_not_here_is_one_sentence(storage, keys):
    storage(OLD).save("one.jpg", ContentFile(PHOTO))
    for read in (storage(*keys).open, storage(*keys).check_key):
        with pytest.raises(PhotoKeyError, match=r"^SKINSCREEN_PHOTO_KEYS lacks [^\n]+\.$"):
            read("one.jpg")


@pytest.mark.parametrize(
    "hurt", [lambda b: b[:-1], lambda b: b[:20], lambda b: b[:-1] + bytes([b[-1] ^ 1])]
)
def test_a_file_that_was_cut_or_changed_is_found_out(storage, caplog, hurt):
    sealed = storage(NEW)
    name = sealed.save("one.jpg", ContentFile(PHOTO))
    Path(sealed.path(name)).write_bytes(hurt(raw(sealed, name)))
    with pytest.raises(DamagedFileError):
        sealed.open(name)
    assert f"{name} was cut" in caplog.text


def test_a_file_in_another_ones_place_is_found_out(storage):
    sealed = storage(NEW)
    for name in ("one.jpg", "other.jpg"):
        sealed.save(name, ContentFile(PHOTO))
    Path(sealed.path("one.jpg")).replace(sealed.path("other.jpg"))
    with pytest.raises(DamagedFileError):
        sealed.open("other.jpg")


@pytest.mark.parametrize("keys", [(), (OLD,)])
def test_a_file_is_sealed_anew_once(storage, keys):
    storage(*keys).save("one.jpg", ContentFile(PHOTO))
    both = storage(NEW, OLD)
    assert [both.reseal("one.jpg"), both.reseal("one.jpg")] == [True, False]
    assert storage(NEW).open("one.jpg").read() == PHOTO
    assert Path(both.path("one.jpg")).stat().st_mode & 0o777 == 0o600
    assert both.listdir("")[1] == ["one.jpg"]


def test_a_failure_while_a_file_is_sealed_anew_leaves_the_old_one(storage, monkeypatch):
    storage(OLD).save("one.jpg", ContentFile(PHOTO))
    monkeypatch.setattr("diagnosis.photos.encryption.os.fsync", None)  # it fails there
    with pytest.raises(TypeError):
        storage(NEW, OLD).reseal("one.jpg")
    assert storage(OLD).open("one.jpg").read() == PHOTO
    monkeypatch.undo()
    assert storage(NEW, OLD).reseal("one.jpg") is True


def test_a_store_of_objects_replaces_one_at_once():
    inner = {"BACKEND": "tests.diagnosis.photos.test_encryption.ObjectStore"}
    plain, sealed = EncryptedStorage(inner=inner), EncryptedStorage(inner=inner, keys=[NEW])
    sealed.inner = plain.inner
    plain.save("one.jpg", ContentFile(PHOTO))
    assert sealed.reseal("one.jpg") is True
    with pytest.raises(PhotoKeyError):
        plain.open("one.jpg")
    assert sealed.open("one.jpg").read() == PHOTO


def test_a_name_that_leads_out_of_the_folder_is_refused(storage):
    with pytest.raises(SuspiciousFileOperation):
        storage(NEW).save("../one.jpg", ContentFile(PHOTO))


def test_a_new_key_is_one_that_the_settings_take(monkeypatch):
    printed = io.StringIO()
    call_command("make_photo_key", stdout=printed)
    monkeypatch.setenv("KEYS", f"{printed.getvalue().strip()},{encryption.make_key()}")
    assert [len(key) for key in env.photo_keys("KEYS")] == [encryption.KEY_BYTES] * 2
