import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import User
from diagnosis import services
from diagnosis.backup import BackupError, archive, restore, restoring, snapshot, write
from diagnosis.models import AuditEntry, Screening
from diagnosis.sealing import SealedStorage
from tests.factories import make_screening, make_user

KEY = b"k" * 32


@pytest.fixture
def owner(transactional_db):
    return make_user("olga@example.org")


@pytest.fixture
def screening(owner, jpeg):
    return make_screening(owner, jpeg)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "skinscreen.backup"


def members(file):
    with tarfile.open(file) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar.getmembers()}


def rewrite(file, **changes):
    """Write an archive anew with some members changed; None leaves one out."""
    content = members(file) | {archive.MANIFEST: members(file)[archive.MANIFEST]} | changes
    with tarfile.open(file, "w") as tar:
        for name, data in content.items():
            if data is not None:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))


def manifest(file, **changes):
    return json.loads(members(file)[archive.MANIFEST]) | changes


def encoded(facts):
    return json.dumps(facts).encode()


def during(monkeypatch, act):
    """Do something right after the database was dumped, before any photo is read."""
    from diagnosis.backup import writing

    names = writing._names

    def dumped_then_acted(rows):
        yield from names(rows)
        act()

    monkeypatch.setattr(writing, "_names", dumped_then_acted)


def test_a_backup_holds_every_file_and_its_checksum(screening, file, settings):
    (settings.MODELS_ROOT / "mine-1").mkdir(parents=True)
    (settings.MODELS_ROOT / "mine-1" / "card.json").write_text("{}")
    count = write(file)
    assert {*members(file)} == {
        archive.DATABASE,
        archive.MANIFEST,
        f"photos/{screening.photo.name}",
        f"photos/{screening.thumbnail.name}",
        "models/mine-1/card.json",
    }
    assert count == 4
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in file.parent.iterdir() if "backup" in one.name] == [file.name]


def test_a_photo_that_is_sent_meanwhile_leaves_no_row_without_its_photo(
    screening, owner, jpeg, file, monkeypatch
):
    during(monkeypatch, lambda: make_screening(owner, jpeg))
    write(file)
    assert len([name for name in members(file) if name.startswith("photos/")]) == 2


def test_a_photo_that_is_deleted_meanwhile_is_known_to_be(screening, owner, file, monkeypatch):
    photo, thumbnail = screening.photo.name, screening.thumbnail.name
    during(monkeypatch, lambda: services.withdraw(screening, by=owner))
    write(file)
    assert {*manifest(file)["withdrawn"]} == {photo, thumbnail}


@pytest.fixture
def after_the_copy(monkeypatch):
    """Do something once each photo was copied, while the backup still runs."""

    def use(act):
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _: act() or {})

    return use


def test_a_photo_that_is_deleted_after_it_was_copied_is_known_to_be(
    screening, owner, file, after_the_copy
):
    names = {screening.photo.name, screening.thumbnail.name}
    after_the_copy(lambda: services.withdraw(screening, by=owner))
    write(file)
    assert {f"photos/{name}" for name in names} < {*members(file)}
    assert {*manifest(file)["withdrawn"]} == names


def test_an_account_that_is_erased_meanwhile_is_known_to_be(owner, file, after_the_copy):
    pk = owner.pk
    after_the_copy(lambda: owner.delete() and None)
    write(file)
    assert manifest(file)["erased_accounts"] == [pk]


def test_a_photo_that_was_lost_before_is_no_reason_to_delete_its_row(screening, file):
    default_storage.delete(screening.photo.name)
    write(file)
    assert manifest(file)["withdrawn"] == []


def test_keys_are_named_and_not_in_it(screening, file, monkeypatch):
    sealing = SealedStorage(
        inner={"BACKEND": "django.core.files.storage.FileSystemStorage"}, keys=[KEY]
    )
    monkeypatch.setattr(default_storage, "keys", sealing.keys)
    monkeypatch.setattr(default_storage, "newest", sealing.newest)
    default_storage.delete(screening.photo.name)
    default_storage.save(screening.photo.name, ContentFile(b"photo"))
    write(file)
    assert manifest(file)["photo_keys"] == [sealing.newest.hex()]
    assert KEY not in file.read_bytes()


def test_a_backup_takes_no_other_files_place(db, file):
    file.write_text("precious")
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(file))
    assert file.read_text() == "precious"


def test_what_cannot_be_written_leaves_nothing_behind(screening, file, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.Writer, "finish", full)
    with pytest.raises(BackupError, match="No space left"):
        write(file)
    assert list(file.parent.glob("*backup*")) == []


def refused(file):
    with pytest.raises(CommandError, match=r"^\S[^\n]* is not empty: [^\n]+\.$") as caught:
        call_command("restore", str(file))
    return str(caught.value)


def test_a_restore_refuses_a_place_that_is_not_empty(screening, file, settings, monkeypatch):
    write(file)
    assert refused(file).startswith("The database")
    monkeypatch.setattr(snapshot, "is_empty", lambda: True)
    assert refused(file).startswith("The place for photos")
    shutil.rmtree(settings.MEDIA_ROOT)
    (settings.MODELS_ROOT / "mine-1").mkdir(parents=True)
    assert refused(file).startswith(str(settings.MODELS_ROOT))


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_text("no archive at all"),
        lambda file: rewrite(file, **{archive.DATABASE: b"another"}),
        lambda file: rewrite(file, **{archive.DATABASE: None}),
        lambda file: rewrite(file, **{"photos/more.jpg": b"more"}),
        lambda file: rewrite(file, **{archive.MANIFEST: b"{"}),
        lambda file: rewrite(file, **{archive.MANIFEST: b"{}"}),
        lambda file: rewrite(file, **{archive.MANIFEST: b"[]"}),
    ],
)
def test_a_restore_refuses_a_damaged_archive(screening, file, damage):
    write(file)
    damage(file)
    with pytest.raises(CommandError, match=r"^[^\n]+ is damaged, or no backup [^\n]+\.$"):
        call_command("restore", str(file))


def plant(file, info, data=b"x"):
    """Add a member to an archive and name it in the manifest, as whoever forges one would."""
    content = members(file)
    facts = json.loads(content.pop(archive.MANIFEST))
    facts["files"][info.name] = archive.hashlib.sha256(data).hexdigest()
    with tarfile.open(file, "w") as tar:
        for name, one in {**content, archive.MANIFEST: encoded(facts)}.items():
            regular = tarfile.TarInfo(name)
            regular.size = len(one)
            tar.addfile(regular, io.BytesIO(one))
        info.size = len(data) if info.isreg() else 0
        tar.addfile(info, io.BytesIO(data) if info.isreg() else None)


@pytest.fixture
def elsewhere(tmp_path):
    """A folder that a restore has nothing to do with."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.fixture
def emptied(monkeypatch, settings):
    """A place that counts as empty, though the database is the test's."""

    def empty():
        shutil.rmtree(settings.MEDIA_ROOT)
        monkeypatch.setattr(snapshot, "is_empty", lambda: True)
        monkeypatch.setattr(snapshot, "load", lambda _: None)

    return empty


WAYS_OUT = ["/{}", "../{}", "a/../../{}", "a//{}", "./{}", "a/..\\{}", "{}/"]


@pytest.mark.parametrize(
    "way", [folder + way for folder in ("models/", "photos/") for way in WAYS_OUT]
)
def test_a_restore_refuses_names_that_lead_elsewhere(screening, file, elsewhere, emptied, way):
    write(file)
    plant(file, tarfile.TarInfo(way.format(elsewhere / "x")))
    emptied()
    with pytest.raises(BackupError, match="leads elsewhere"):
        restore(file)
    assert [*elsewhere.iterdir()] == []
    assert not Path(default_storage.path("")).exists()


@pytest.mark.parametrize(
    "name", ["", "secret_key", "/etc/passwd", "models", "photos/", "database/x"]
)
def test_a_restore_knows_no_other_folders(screening, file, name):
    write(file)
    plant(file, tarfile.TarInfo(name))
    with pytest.raises(BackupError, match="leads elsewhere"):
        restore(file)


def special(kind):
    info = tarfile.TarInfo("models/special")
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE],
)
def test_a_restore_takes_regular_files_alone(screening, file, kind):
    write(file)
    plant(file, special(kind))
    with pytest.raises(BackupError, match="is no regular file"):
        restore(file)


def test_a_restore_takes_no_file_that_claims_to_be_larger_than_it_is(screening, file):
    write(file)
    sparse = tarfile.TarInfo("models/sparse")
    sparse.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": "0,1",
        "GNU.sparse.size": str(2**40),
    }
    plant(file, sparse)
    with pytest.raises(BackupError, match="is no regular file"):
        restore(file)


def test_a_restore_takes_no_name_twice(screening, file):
    write(file)
    plant(file, tarfile.TarInfo(f"photos/{screening.photo.name}"))
    with pytest.raises(BackupError, match="each of them once"):
        restore(file)


def test_a_restore_bounds_what_it_holds_in_memory(screening, file, monkeypatch):
    write(file)
    monkeypatch.setitem(archive.MOST_BYTES, archive.PHOTOS, 100)
    with pytest.raises(BackupError, match="is too large"):
        restore(file)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 2}, "format 2"),
        ({"database": "oracle"}, "database of its kind"),
        ({"migrations": ["diagnosis.9999_later"]}, "newer SkinScreen"),
    ],
)
def test_a_restore_refuses_what_it_does_not_know(screening, file, changes, said):
    write(file)
    rewrite(file, **{archive.MANIFEST: encoded(manifest(file, **changes))})
    with pytest.raises(CommandError, match=said):
        call_command("restore", str(file))


def test_a_file_that_is_not_there_is_said_to_be(db, file):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", str(file))


def test_a_folder_is_no_backup_and_is_said_to_be(db, tmp_path):
    with pytest.raises(CommandError, match=r"^\S+ cannot be read \(Is a directory\): [^\n]+\.$"):
        call_command("restore", str(tmp_path))


def test_what_is_missing_during_a_restore_is_not_the_backup(screening, file, monkeypatch):
    def missing(_):
        raise FileNotFoundError("another file")

    write(file)
    monkeypatch.setattr(restoring, "_check_schema", missing)
    with pytest.raises(FileNotFoundError, match="another file"):
        restore(file)


def test_a_tool_that_ends_without_a_word_is_one_sentence(db, monkeypatch):
    ended = subprocess.CompletedProcess([], 137, stdout="", stderr="")
    monkeypatch.setattr(snapshot.shutil, "which", lambda _: "/usr/bin/pg_dump")
    monkeypatch.setattr(snapshot.subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(BackupError, match=r"^pg_dump failed, [^\n]+: it ended with 137\.$"):
        snapshot._run("pg_dump")


def test_what_was_deleted_meanwhile_does_not_come_back(screening, owner, jpeg):
    kept = make_screening(owner, jpeg)
    restoring._withdraw([screening.thumbnail.name], [])
    assert [one.pk for one in Screening.objects.all()] == [kept.pk]
    assert AuditEntry.objects.first().detail == {"during": "backup"}


def test_who_left_meanwhile_does_not_come_back(screening, owner, home):
    stranger = make_user("sam@example.org")
    restoring._withdraw([], [owner.pk])
    assert [one.pk for one in User.objects.all()] == [stranger.pk]
    assert not default_storage.exists(screening.photo.name)
