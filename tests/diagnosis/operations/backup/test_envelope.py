"""Without the root key, nobody can read a backup, or make one that is accepted."""

import io
import tarfile

import pyrage
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from diagnosis.operations.backup import BackupError, envelope, restore, write
from skinscreen import keys
from skinscreen.keys import Purpose

OTHER = "another-root-" * 4


def test_nothing_of_a_backup_can_be_read_without_its_key(encrypted, screening):
    content = encrypted.read_bytes()
    for secret in (b"olga@example.org", screening.photo.name.encode(), b"manifest.json"):
        assert secret not in content
    assert not tarfile.is_tarfile(encrypted)
    assert encrypted.stat().st_mode & 0o777 == 0o600


def test_without_a_key_a_backup_stops_and_says_so(screening, file, monkeypatch):
    monkeypatch.delenv("SKINSCREEN_ROOT_KEYS", raising=False)
    with pytest.raises(
        CommandError, match=r"^There is no lasting key [^\n]+ SKINSCREEN_ROOT_KEYS[^\n]+--plain"
    ):
        call_command("backup", str(file))
    assert not file.exists()
    call_command("backup", str(file), "--plain")
    assert tarfile.is_tarfile(file)


def test_a_plain_backup_is_restored_only_with_a_flag(plain, emptied):
    emptied()
    with pytest.raises(
        CommandError, match=r"plain: [^\n]+ nothing proves who made it[^\n]+--unauth"
    ):
        call_command("restore", str(plain))
    call_command("restore", str(plain), "--unauthenticated")


def test_an_encrypted_backup_is_checked_even_if_plain_ones_are_accepted(encrypted, emptied):
    emptied()
    encrypted.write_bytes(encrypted.read_bytes()[:-1] + b"?")
    with pytest.raises(BackupError, match="was truncated or changed"):
        restore(encrypted, is_plain_accepted=True)


def flipped(data, index):
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: flipped(data, 300),
        lambda data: flipped(data, -40),
        lambda data: flipped(data, -1),
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[: len(data) // 2],
    ],
)
def test_a_changed_backup_is_refused_before_anything_is_decrypted(encrypted, monkeypatch, change):
    encrypted.write_bytes(change(encrypted.read_bytes()))
    monkeypatch.setattr(pyrage, "decrypt_io", None)
    with pytest.raises(BackupError, match="was truncated or changed"):
        restore(encrypted)


@pytest.mark.parametrize("length", [0, 1, len(envelope.MAGIC), envelope.HEAD_BYTES])
def test_a_file_shorter_than_the_head_is_not_a_backup(encrypted, length):
    encrypted.write_bytes(encrypted.read_bytes()[:length])
    with pytest.raises(BackupError):
        restore(encrypted)


def test_encrypting_to_our_recipient_does_not_make_a_valid_backup(encrypted, settings, emptied):
    """Encryption uses a public key, which a forger may have without having the root key."""
    emptied()
    recipient = envelope.recipient(keys.newest(Purpose.BACKUP))
    forged = pyrage.encrypt(b"a tar of theirs", [recipient])
    head = encrypted.read_bytes()[: envelope.HEAD_BYTES]
    encrypted.write_bytes(head + forged + bytes(envelope.MAC_BYTES))
    with pytest.raises(BackupError, match="was truncated or changed"):
        restore(encrypted)


def test_a_backup_made_with_an_earlier_root_key_is_restored(
    encrypted, settings, emptied, screening
):
    emptied()
    settings.ROOT_KEYS = [OTHER, *settings.ROOT_KEYS]
    restore(encrypted)
    assert default_storage.exists(screening.photo.name)


def test_a_missing_root_key_is_named(encrypted, settings):
    settings.ROOT_KEYS = [OTHER]
    with pytest.raises(
        CommandError, match=r"^SKINSCREEN_ROOT_KEYS lacks the root of the backup mac key "
    ):
        call_command("restore", str(encrypted))


def test_a_large_backup_is_encrypted_and_read_as_a_stream(root):
    written, piece = io.BytesIO(), bytes(range(256)) * 4096
    with envelope.encrypted(written) as stream:
        for _ in range(4):
            stream.write(piece)
    envelope.trust(written, is_plain_accepted=False)
    with envelope.opened(written) as stream:
        assert stream.read() == 4 * piece


def test_a_reader_that_stops_early_leaves_no_thread(root):
    written = io.BytesIO()
    with envelope.encrypted(written) as stream:
        stream.write(bytes(1 << 20))
    # Leaving the block waits for the thread, so a thread that does not end would hang here.
    with pytest.raises(KeyError), envelope.opened(written) as stream:
        raise KeyError(stream.read(1))


class Full(io.BytesIO):
    def write(self, data):
        if self.tell() > 1000:
            raise OSError(28, "No space left on device")
        return super().write(data)


def encrypt_much_into(file):
    with envelope.encrypted(file) as stream:
        for _ in range(100):
            stream.write(bytes(1 << 20))


def test_a_full_disk_is_given_as_the_reason(root):
    with pytest.raises(pyrage.EncryptError, match="No space left"):
        encrypt_much_into(Full())


def test_a_full_disk_stops_a_backup_with_a_message_and_leaves_no_file(
    screening, file, root, monkeypatch
):
    def full(*_):
        raise pyrage.EncryptError("OSError: [Errno 28] No space left on device")

    monkeypatch.setattr(pyrage, "encrypt_io", full)
    with pytest.raises(BackupError, match=r"cannot be written: .*No space left on device\.$"):
        write(file)
    assert [path.name for path in file.parent.iterdir() if "backup" in path.name] == []
