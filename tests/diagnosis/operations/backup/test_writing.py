import fcntl
from contextlib import contextmanager

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

from diagnosis.operations.backup import BackupError, archive, snapshot, write
from diagnosis.operations.backup.writing import DRAFT
from diagnosis.photos.encryption import EncryptedStorage
from diagnosis.screenings import services
from tests.diagnosis.operations.backup.tars import manifest, members
from tests.factories import make_screening

KEY = b"k" * 32


def files_of(screening):
    """Return the names of a photo's files: the photo and its renditions."""
    fields = ("photo", "thumbnail", "page", "views")
    return {getattr(screening, field).name for field in fields} - {""}


def after_the_dump(monkeypatch, act):
    """Run a function after the database was dumped, and before any photo is read."""
    dumped = snapshot.dumped

    @contextmanager
    def dumped_then_acted(file):
        with dumped(file) as rows:
            yield rows
        act()

    monkeypatch.setattr(snapshot, "dumped", dumped_then_acted)


def test_a_backup_contains_every_file_and_its_checksum(screening, file, settings):
    (settings.MODELS_ROOT / "mine-1").mkdir(parents=True)
    (settings.MODELS_ROOT / "mine-1" / "card.json").write_text("{}")
    count = write(file, is_plain=True)
    assert {*members(file)} == {
        archive.DATABASE,
        archive.MANIFEST,
        *(f"photos/{name}" for name in files_of(screening)),
        "models/mine-1/card.json",
    }
    assert count == 2 + len(files_of(screening))
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir() if "backup" in path.name] == [file.name]


def test_a_photo_sent_during_the_backup_leaves_no_row_without_its_file(
    screening, owner, jpeg, file, monkeypatch
):
    after_the_dump(monkeypatch, lambda: make_screening(owner, jpeg))
    write(file, is_plain=True)
    stored = {name for name in members(file) if name.startswith("photos/")}
    assert stored == {f"photos/{name}" for name in files_of(screening)}


def test_a_photo_deleted_during_the_backup_is_listed_as_deleted(
    screening, owner, file, monkeypatch
):
    names = files_of(screening)
    after_the_dump(monkeypatch, lambda: services.withdraw(screening, by=owner))
    write(file, is_plain=True)
    assert {*manifest(file)["withdrawn"]} == names


@pytest.fixture
def after_the_copy(monkeypatch):
    """Return a function that schedules an action for the moment after the last photo was copied."""

    def use(act):
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _: act() or {})

    return use


def test_a_photo_deleted_after_it_was_copied_is_listed_as_deleted(
    screening, owner, file, after_the_copy
):
    names = files_of(screening)
    after_the_copy(lambda: services.withdraw(screening, by=owner))
    write(file, is_plain=True)
    assert {f"photos/{name}" for name in names} < {*members(file)}
    assert {*manifest(file)["withdrawn"]} == names


def test_an_account_deleted_during_the_backup_is_listed_as_deleted(owner, file, after_the_copy):
    pk = owner.pk
    after_the_copy(lambda: owner.delete() and None)
    write(file, is_plain=True)
    assert manifest(file)["erased_accounts"] == [pk]


def test_a_photo_that_was_lost_before_the_backup_keeps_its_row(screening, file):
    default_storage.delete(screening.photo.name)
    write(file, is_plain=True)
    assert manifest(file)["withdrawn"] == []


def test_keys_are_named_but_not_included(screening, file, monkeypatch):
    storage = EncryptedStorage(
        inner={"BACKEND": "django.core.files.storage.FileSystemStorage"}, keys=[KEY]
    )
    monkeypatch.setattr(default_storage, "keys", storage.keys)
    monkeypatch.setattr(default_storage, "newest", storage.newest)
    default_storage.delete(screening.photo.name)
    default_storage.save(screening.photo.name, ContentFile(b"photo"))
    write(file, is_plain=True)
    assert manifest(file)["photo_keys"] == [storage.newest.hex()]
    assert KEY not in file.read_bytes()


def test_the_printed_count_reads_well_for_a_single_file(transactional_db, file, capsys):
    call_command("backup", str(file), "--plain")
    printed = capsys.readouterr().out
    assert printed.startswith(f"Files written to {file}, which is not encrypted: 1. ")


def test_a_backup_does_not_overwrite_other_files(db, file):
    file.write_text("precious")
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(file), "--plain")
    assert file.read_text() == "precious"


def test_a_failed_backup_leaves_nothing_behind(screening, file, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.Writer, "finish", full)
    with pytest.raises(BackupError, match="No space left"):
        write(file, is_plain=True)
    assert list(file.parent.glob("*backup*")) == []


@pytest.mark.parametrize(("is_held", "stays"), [(False, False), (True, True)])
def test_the_draft_of_a_killed_backup_is_removed_by_the_next_one(screening, file, is_held, stays):
    draft = file.with_name(f".yesterday{DRAFT}")
    draft.write_text("half of a database")
    with draft.open() as open_draft:
        if is_held:
            fcntl.flock(open_draft, fcntl.LOCK_EX)
        write(file, is_plain=True)
    assert draft.exists() is stays


def test_a_backup_into_the_file_of_a_running_backup_is_refused(screening, file):
    draft = file.with_name(f".{file.name}{DRAFT}")
    with draft.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BackupError, match="File exists"):
            write(file, is_plain=True)
