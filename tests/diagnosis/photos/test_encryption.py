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
from skinscreen.environment import key_settings

OLD, NEW = os.urandom(32), os.urandom(32)
PHOTO = b"\xff\xd8 what a person sent"


class ObjectStore(Storage):
    """Like S3: it has no paths, and saving under an existing name replaces the file."""

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
    """Return a function that opens a storage with the given keys, always on the same folder."""
    inner = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "encrypted"},
    }
    return lambda *keys: EncryptedStorage(inner=inner, keys=keys)


def raw(storage, name):
    return Path(storage.path(name)).read_bytes()


def test_a_file_is_encrypted_on_disk_and_decrypted_when_it_is_read(storage):
    encrypted = storage(NEW)
    name = encrypted.save("ab/one.jpg", ContentFile(PHOTO))
    assert b"person" not in raw(encrypted, name)
    with encrypted.open(name) as file:
        assert (file.read(), file.tell()) == (PHOTO, len(PHOTO))
    assert encrypted.size(name) == len(PHOTO)


def test_a_stored_file_cannot_be_opened_for_writing(storage):
    encrypted = storage(NEW)
    name = encrypted.save("spot.jpg", ContentFile(PHOTO))
    with pytest.raises(ValueError, match="only read"):
        encrypted.open(name, "wb")


def test_encrypting_a_file_twice_gives_two_ciphertexts(storage):
    encrypted = storage(NEW)
    names = [encrypted.save(f"{n}.jpg", ContentFile(PHOTO)) for n in range(2)]
    assert len({raw(encrypted, name) for name in names}) == 2


def test_files_are_stored_unencrypted_without_keys(storage):
    plain = storage()
    assert raw(plain, plain.save("one.jpg", ContentFile(PHOTO))) == PHOTO


def test_plain_files_and_files_of_older_keys_are_read(storage):
    storage().save("before.jpg", ContentFile(PHOTO))
    storage(OLD).save("older.jpg", ContentFile(PHOTO))
    both = storage(NEW, OLD)
    assert both.open("before.jpg").read() == both.open("older.jpg").read() == PHOTO


@pytest.mark.parametrize("keys", [(), (NEW,)])
def test_a_missing_key_is_reported_in_one_sentence(storage, keys):
    storage(OLD).save("one.jpg", ContentFile(PHOTO))
    for read in (storage(*keys).open, storage(*keys).check_key):
        with pytest.raises(PhotoKeyError, match=r"^SKINSCREEN_PHOTO_KEYS lacks [^\n]+\.$"):
            read("one.jpg")


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:20], lambda b: b[:-1] + bytes([b[-1] ^ 1])]
)
def test_a_cut_or_changed_file_is_detected(storage, caplog, damage):
    encrypted = storage(NEW)
    name = encrypted.save("one.jpg", ContentFile(PHOTO))
    Path(encrypted.path(name)).write_bytes(damage(raw(encrypted, name)))
    with pytest.raises(DamagedFileError):
        encrypted.open(name)
    assert f"{name} was truncated" in caplog.text


@pytest.mark.parametrize("kept", [0, 4, len(encryption.MAGIC), encryption.HEAD_BYTES - 1])
@pytest.mark.parametrize("keys", [(), (NEW,)])
def test_a_file_that_is_cut_inside_its_header_is_damaged_and_lacks_no_key(storage, kept, keys):
    storage(NEW).save("one.jpg", ContentFile(PHOTO))
    path = Path(storage().path("one.jpg"))
    path.write_bytes(path.read_bytes()[:kept])
    assert encryption.key_id(path.read_bytes()) == ""
    storage(*keys).check_key("one.jpg")
    with pytest.raises(DamagedFileError):
        storage(*keys).open("one.jpg")
    with pytest.raises(DamagedFileError):
        storage(OLD, *keys).reencrypt("one.jpg")


def test_swapped_files_are_detected(storage):
    encrypted = storage(NEW)
    for name in ("one.jpg", "other.jpg"):
        encrypted.save(name, ContentFile(PHOTO))
    Path(encrypted.path("one.jpg")).replace(encrypted.path("other.jpg"))
    with pytest.raises(DamagedFileError):
        encrypted.open("other.jpg")


@pytest.mark.parametrize("keys", [(), (OLD,)])
def test_a_file_that_already_has_the_newest_key_is_not_encrypted_again(storage, keys):
    storage(*keys).save("one.jpg", ContentFile(PHOTO))
    both = storage(NEW, OLD)
    assert [both.reencrypt("one.jpg"), both.reencrypt("one.jpg")] == [True, False]
    assert storage(NEW).open("one.jpg").read() == PHOTO
    assert Path(both.path("one.jpg")).stat().st_mode & 0o777 == 0o600
    assert both.listdir("")[1] == ["one.jpg"]


def test_a_failed_rotation_leaves_the_old_file(storage, monkeypatch):
    storage(OLD).save("one.jpg", ContentFile(PHOTO))
    monkeypatch.setattr("diagnosis.photos.encryption.os.fsync", None)  # the rotation fails there
    with pytest.raises(TypeError):
        storage(NEW, OLD).reencrypt("one.jpg")
    assert storage(OLD).open("one.jpg").read() == PHOTO
    monkeypatch.undo()
    assert storage(NEW, OLD).reencrypt("one.jpg") is True


def test_a_file_in_an_object_store_is_encrypted_in_place():
    inner = {"BACKEND": "tests.diagnosis.photos.test_encryption.ObjectStore"}
    plain, encrypted = EncryptedStorage(inner=inner), EncryptedStorage(inner=inner, keys=[NEW])
    encrypted.inner = plain.inner
    plain.save("one.jpg", ContentFile(PHOTO))
    assert encrypted.reencrypt("one.jpg") is True
    with pytest.raises(PhotoKeyError):
        plain.open("one.jpg")
    assert encrypted.open("one.jpg").read() == PHOTO


def test_a_name_that_leads_out_of_the_folder_is_refused(storage):
    with pytest.raises(SuspiciousFileOperation):
        storage(NEW).save("../one.jpg", ContentFile(PHOTO))


def test_a_generated_key_is_accepted_by_the_settings(monkeypatch):
    printed = io.StringIO()
    call_command("make_photo_key", stdout=printed)
    monkeypatch.setenv("KEYS", f"{printed.getvalue().strip()},{encryption.make_key()}")
    assert [len(key) for key in key_settings.photo_keys("KEYS")] == [encryption.KEY_BYTES] * 2
